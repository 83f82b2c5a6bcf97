// Package schema holds what each captured table looked like at each point of
// the binlog.
//
// A [Table] is one immutable version of one table. A [Tracker] folds DDL into
// new versions and checks every version against the TABLE_MAP event of the
// rows that are decoded with it. Nothing here talks to Kafka or reads the
// binlog, and this is the only package that imports the DDL parser.
//
// # How a statement is folded
//
// It is cut into tokens (token.go) and classified by its first words
// (statement.go): most statements of a binlog change no table and end here.
// The others are rewritten to what the parser knows by the rules in rewrite.go,
// parsed, and folded (the folder_ files) into copies of the tables, which
// replace the present ones only when all went well. What none of these steps
// understands is an error: a version that is guessed would misread rows.
//
// Two things are kept as the statement wrote them, since they show in events:
// the name of a type (BOOL is not TINYINT(1) to Debezium) and a default.
//
// Unlike the server, a column that is defined anew without a comment keeps the
// one that it had, because Debezium does.
//
// # What is not known
//
// A table of which no definition was read stays unknown whatever DDL runs on
// it, and its rows are refused. [Tracker.Apply] refuses a statement that it cannot
// fold, as MariaDB's CONVERT PARTITION TO TABLE; [Tracker.Follow], which binlogs are
// followed with, makes the tables unknown that it names (follow.go). What such a
// table looks like is found out by others, and given for the transaction in which it
// is needed first (given.go).
//
// A unique key of MariaDB on a whole TEXT or BLOB, or on more bytes than the
// storage engine takes, has a hidden column in the rows, DB_ROW_HASH_1. There is
// none in the versions, and which keys have one is not known to the last detail:
// behind the columns of a table the rows may have as many hidden ones as it has keys
// that could need one ([Table.Hidden]). Without full metadata a BIGINT UNSIGNED that
// was added there with sql_log_bin=0 is taken for one.
//
// Labels of an ENUM or SET that CONVERT TO CHARACTER SET goes over stay as they
// were written. The servers take their bytes for text of the new character set:
// other labels, where they are not ASCII or one of the sets is UTF-16 or UTF-32.
//
// Some statements are of the server's own making: CREATE TABLE ... SELECT, LIKE of
// a temporary table, and those that sql_generate_invisible_primary_key adds to.
// MySQL prints them as the session's sql_mode says, without a character set where
// that is ANSI, and in UTF-8 whatever character_set_client is; its replicas
// misread them, too. Rows that do not fit then are refused.
package schema
