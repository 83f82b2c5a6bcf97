// Package daemontest runs the real cdcd in a process of its own, for tests that
// look at it from outside and end it in every way in which a process ends. The
// binary is built once for each test process; Build makes others, with changed
// sources or the race detector.
package daemontest
