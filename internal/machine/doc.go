// Package machine is what tests and tools need of the machine they run on:
// child processes that cannot outlive their parent, TCP ports that nobody else
// takes, temporary folders that the next run removes when this one is killed,
// small disks to be filled, how much memory a process took, and locks between
// processes.
package machine
