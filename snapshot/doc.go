// Package snapshot copies the rows that tables already hold, beside the stream
// of their changes.
//
// Rows come from SELECT statements over the text protocol. Row packets are kept
// as they came, end to end in one buffer, and decoded where [event.Rows] are
// encoded: into the values that package binlog gives for the same rows, so that
// plans need not know where a row comes from. What the text does not tell is
// asked for by an expression: a decoder therefore brings the list of what to
// select. It relies on the session: SET NAMES utf8mb4, an empty sql_mode and the
// time zone +00:00.
//
//	text.go           the decoder of a table version, and its SELECT list
//	text_rows.go      a buffer of packets as an event.RowReader
//	text_column.go    which column type is decoded how
//	text_number.go …  the decoding, a file a family of types
package snapshot
