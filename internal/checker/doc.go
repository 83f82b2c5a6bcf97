// Package checker decides from the outside whether delivery was exactly once:
// from the topics, and from what the server's own program prints of its binlogs.
// It shares no code with what it judges.
//
//	mysqlbinlog ──▶ parser ──▶ source: groups and their changes, in commit order
//	raw Fetch   ──▶ batches ─▶ log: committed records, by the markers alone
//	kgo         ──▶ checkViews: an ordinary consumer gets the same
//	SELECT      ──▶ finalTable
//	                      │
//	                      └─▶ history ──▶ one function an invariant ──▶ Report
//
// The connector has cdcd.event.headers=true, JSON without schemas, whole rows
// (binlog_row_image=FULL), every column, and topics that are not compacted away
// while they are checked. Of a row are compared: integers, and text of columns in
// UTF-8; other types, bytes among them, are left out column by column. Of a record and of a change
// only hashes are kept, some 64 bytes each, so that millions fit into memory.
//
// What it cannot decide:
//
//   - text of a MariaDB server that holds a backslash, an x and two hexadecimal
//     digits below 20: its program prints control characters so;
//   - I5 of a table whose columns changed on the way;
//   - I6 and I7 below the last place where compaction removed records of the
//     state topic;
//   - with the first transaction protocol, which Kafka transactions hold what,
//     once the coordinator's log does not tell any more (see log.join).
//
// The last two are named in Report.Unchecked.
package checker
