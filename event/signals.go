package event

import (
	"slices"

	"cdcd/schema"
)

// Signals is what signals have asked for and is not done yet, and how far their
// channels were read. It is immutable.
type Signals struct {
	// Offset is the next record of Kafka's topic of signals, 0 for the first one.
	Offset int64 `json:"offset,omitempty"`
	// Taken counts the signals of the channels that remember nothing themselves: those
	// up to it were acted upon, and what they caused is durable.
	Taken uint64 `json:"taken,omitempty"`
	// Moved are the signals that last moved the connector to another place: one that is
	// read again behind there is not to do so again.
	Moved []string `json:"moved,omitempty"`
	// Paused tells that incremental snapshots wait to be resumed.
	Paused bool `json:"paused,omitempty"`
	// Tables wait to be copied incrementally, those that are being copied first.
	Tables []*Incremental `json:"tables,omitempty"`
	// Blocking are the copies for which the stream has to stop, in order.
	Blocking []*Blocking `json:"blocking,omitempty"`
}

// Incremental is how far one table of an incremental snapshot has come. It is
// immutable.
type Incremental struct {
	ID     schema.ID `json:"id"`
	Signal string    `json:"signal"` // id of the signal that asked for it
	Filter string    `json:"filter,omitempty"`
	// Surrogate is the column by which rows are ordered before their key, "" for none.
	Surrogate string `json:"surrogate,omitempty"`
	// After and Max are keys, as SQL literals, in the order of reading: rows up to
	// After are copied, and Max is the last one; nil before the table was looked at.
	After []string `json:"after,omitempty"`
	Max   []string `json:"max,omitempty"`
	Rows  int64    `json:"rows,omitempty"` // copied so far
	// Expected is how many rows there were, by the estimate of the server, when it was
	// looked at; 0 is not known.
	Expected int64 `json:"expected,omitempty"`
}

// Blocking is a copy for which the stream stops. It is immutable.
type Blocking struct {
	Signal string          `json:"signal"` // id of the signal that asked for it
	Tables []BlockingTable `json:"tables"`
	// Progress is nil before the first rows are durable. Rows are of the moment at which
	// the stream stands: the one view in it stands for all.
	Progress *Progress `json:"progress,omitempty"`
	// GTID and Thread are of the last transaction before the copy, which its rows name;
	// "" and 0 where that is not known.
	GTID   string `json:"gtid,omitempty"`
	Thread uint32 `json:"thread,omitempty"`
}

// BlockingTable is one table to copy.
type BlockingTable struct {
	ID     schema.ID `json:"id"`
	Select string    `json:"select,omitempty"` // a whole statement; "" for all rows
}

// Asked is the copy for which the stream has to stop, nil for none.
func (s *Signals) Asked() *Blocking {
	if s == nil || len(s.Blocking) == 0 {
		return nil
	}
	return s.Blocking[0]
}

// WithAsked has b in place of what [Signals.Asked] returned, and nothing for nil.
func (s *Signals) WithAsked(b *Blocking) *Signals {
	next := *s
	next.Blocking = nil
	if b != nil {
		next.Blocking = append(next.Blocking, b)
	}
	next.Blocking = append(next.Blocking, s.Blocking[1:]...)
	return &next
}

// WithoutKeys is what can be said of the signals without row values, for who may not
// keep them. A table is copied anew; one of which only some rows were asked for is not
// there any more, as what they are is not known.
func (s *Signals) WithoutKeys() *Signals {
	if s == nil {
		return nil
	}
	next := *s
	next.Tables, next.Blocking = nil, nil
	for _, t := range s.Tables {
		if t.Filter == "" {
			next.Tables = append(next.Tables, &Incremental{ID: t.ID, Signal: t.Signal, Surrogate: t.Surrogate})
		}
	}
	for _, b := range s.Blocking {
		if plain := b.plain(); len(plain.Tables) > 0 {
			next.Blocking = append(next.Blocking, plain)
		}
	}
	return &next
}

// plain is the part of a copy whose tables are copied whole.
func (b *Blocking) plain() *Blocking {
	next := *b
	next.Tables = nil
	var filtered []schema.ID
	for _, t := range b.Tables {
		if t.Select == "" {
			next.Tables = append(next.Tables, t)
		} else {
			filtered = append(filtered, t.ID)
		}
	}
	if next.Progress = b.Progress.WithoutKeys(); next.Progress != nil {
		next.Progress.Tables = slices.DeleteFunc(next.Progress.Tables, func(t *TableProgress) bool { return slices.Contains(filtered, t.ID) })
	}
	return &next
}
