// Package chaos holds no product code: its tests break everything around the
// real daemon, and hold what arrives against exactly-once delivery.
//
// TestCrash walks the crash table of the design. A proxy before the brokers
// holds the frame that a row of the table is about, so that each point is
// reached for certain and without a line in the product; then a process is
// killed, a reply lost, a frame kept until it is late.
//
// TestRandom draws faults from a seed, which it prints and CDCD_SEED sets, while
// a workload changes what can be added up afterwards.
//
// TestMutants builds daemons with a bug each and demands that it is found: what
// never found anything proves nothing.
//
// Longer lanes run with CDCD_TEST_ALL=1 (make test-all).
package chaos
