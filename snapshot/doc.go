// Package snapshot reads the rows that tables already hold, beside the stream
// of their changes: whole tables through a view ([Reader]), or chunk by chunk while the
// stream goes on ([Increment]).
//
// Rows come from SELECT statements over the text protocol. Row packets are kept
// as they came, end to end in one buffer, and decoded where [event.Rows] are
// encoded: into the values that package binlog gives for the same rows, so that
// plans need not know where a row comes from. What the text does not tell is
// asked for by an expression: a decoder therefore brings the list of what to
// select. It relies on the session being set up by [Settings].
//
//	session.go        what a connection has to be able to do
//	reader.go         what is copied, and the items that come of it
//	work.go           tables and their parts, and who reads which
//	worker.go         a session that reads parts, query by query
//	ahead.go          how far sessions read beyond what is durable
//	refused.go        what is told of statements that the server fails
//	order.go          items in order, with their markers and the progress
//	notices.go        what is told of it by notifications, status.go how far it is
//	increment.go      chunks of an incremental snapshot
//	window.go         what was touched while a view was opened, or a chunk was read
//	held.go           what the stream brings that a view holds already
//	key.go …          keys as SQL literals, and how they are ordered
//	split.go          a table divided by its key; between*.go guesses where
//	place.go          in which part a key lies
//	text.go           the decoder of a table version, and its SELECT list
//	text_rows.go      a buffer of packets as an event.RowReader
//	text_column.go    which column type is decoded how
//	text_number.go …  the decoding, a file a family of types
package snapshot
