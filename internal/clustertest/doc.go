// Package clustertest runs a cluster of real cdcd processes with a network of
// its own between them, and its tests break both.
//
//	n1 ──▶ proxy ──▶ n2      one for each ordered pair of nodes: a node's peers
//	n1 ◀── proxy ◀── n2      are its own address and proxies to the others
//	n1 ──▶ proxy.Kafka ──▶ brokers
//	n1 ──▶ proxy ──▶ MySQL
//
// The connectors are the same on all nodes; where MySQL is they learn from the
// environment of the node that runs them.
//
// TestChaos draws faults from a seed, which it prints and CDCD_SEED sets, and has
// the checker decide in the end; CDCD_CHAOS_MINUTES is how long it goes on
// (make chaos). TestPauses stops the owner with a transaction open and wakes it
// when another has followed. TestFailover measures how long a failover takes
// (make failover). TestMutants has clusters with a bug each found out.
package clustertest
