// Package schema holds what each captured table looked like at each point of
// the binlog.
//
// A [Table] is one immutable version of one table. A [Tracker] folds DDL into
// new versions and checks every version against the TABLE_MAP event of the
// rows that are decoded with it. Nothing here talks to Kafka or reads the
// binlog, and this is the only package that imports the DDL parser.
package schema
