// Package kafkatest starts Kafka brokers for tests and benchmarks, and reads
// what was written to them with franz-go, a client that cdcd does not use.
//
// Brokers come from the first of these that can give them:
//
//  1. an address in the environment, CDCD_TEST_KAFKA=host:port,... (not where
//     the Config asks for brokers of its own);
//  2. Docker, when a daemon answers: one broker of the official image;
//  3. this machine: Kafka 4.3.1 from Maven, downloaded once into the cache of
//     package fetch and run by Java;
//  4. the embedded broker kfake, where the test does without Config.Own.
//
// Where none can, the test is skipped and says why. Brokers of this machine
// have free ports and a data folder of their own and die with the process that
// started them.
package kafkatest
