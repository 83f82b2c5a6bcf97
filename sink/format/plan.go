package format

import "cdcd/event"

// Plan encodes the rows of one table version under one configuration.
type Plan interface {
	// Append encodes all rows of r behind what b holds and returns the number
	// of records it added. One Plan may be used by several goroutines, each
	// with its own Batch. After an error b's new records are undefined.
	Append(b *Batch, r *event.Rows) (int, error)
}
