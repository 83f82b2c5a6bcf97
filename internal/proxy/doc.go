// Package proxy breaks the network between a client and a server for tests.
//
// Start puts a proxy in front of any TCP server; its bytes are opaque. StartKafka
// puts one in front of each broker of a Kafka cluster and understands the
// frames: it makes brokers name the proxies as their addresses, counts requests
// and responses, and holds single ones until the test lets them go. Two clients
// that are to meet different faults get proxies of their own, before the same
// servers.
//
// What each verb does to a connection:
//
//	Cut       closed on both sides at once; new ones are refused until Heal
//	HalfOpen  stays open, bytes of a direction vanish, its end included: neither
//	          side learns that the other has closed; new ones are accepted
//	Delay     every message arrives later, in order, however many are under way
//	Hold      one Kafka frame waits; what follows it on its connection does too
//	Heal      as at the start; connections that lost bytes are closed, as a peer
//	          that has forgotten them would; held frames stay held
//
// A side that closes its connection has only finished sending: what it sent
// before still arrives, even if it was held. That is how the last words of a
// client that gave up reach a broker minutes later.
//
// A server that cannot be reached looks like one that closes each connection at
// once. A proxy keeps its port while it lives and closes with its test. TLS, and
// SASL tokens outside of Kafka frames (handshake version 0), pass only through
// Start.
package proxy
