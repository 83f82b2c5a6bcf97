// Package property knows the property names of Debezium's MySQL and MariaDB
// connectors and of Kafka Connect's source connectors.
//
// [Table] is the one place where a name, its type, its default, its check and
// what cdcd makes of it are written down; docs/properties.md is generated from
// it. [Parse] holds a configuration to the table: it reports every problem at
// once, refuses a value whose effect would be lost without a word, and names
// what it does not know. A [Key] seals the secrets of a configuration, so that it
// can be stored where others read it. What the values mean is the business of package
// connector.
package property
