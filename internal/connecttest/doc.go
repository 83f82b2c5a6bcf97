// Package connecttest runs Kafka Connect with the real Debezium on this machine, for
// tests that compare cdcd with it. What it needs comes from Maven, into the cache
// that other servers are in.
package connecttest
