package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// Why a table is not copied in increments.
var (
	// ErrNoKey says that there is nothing by which it could be read in order.
	ErrNoKey = errors.New("the table has no key by which its rows can be read in order")
	// ErrSurrogate says that the column which was named for it is of no use.
	ErrSurrogate = errors.New("rows cannot be read in the order of the surrogate key")
)

// Increment reads one version of a table chunk by chunk, while the stream goes on. It
// is immutable.
type Increment struct {
	table   *schema.Table
	filter  string // a predicate; "" for all rows
	decoder *decoder
	order   keys // by which rows are read
	unique  bool // no two rows are alike by order
}

// NewIncrement prepares the reading of rows of t that filter allows, in the order of
// its key, or of a surrogate column and the key. The error is an ErrNoKey or an
// ErrSurrogate, or says that a column cannot be decoded.
func NewIncrement(t *schema.Table, surrogate, filter string) (*Increment, error) {
	i := &Increment{table: t, filter: filter, unique: len(t.Key) > 0}
	columns := t.Key
	if surrogate != "" {
		at := t.Column(surrogate)
		if at < 0 || t.Columns[at].Nullable {
			return nil, fmt.Errorf("%w: table %s has no column %s that is NOT NULL", ErrSurrogate, t.ID, surrogate)
		}
		if len(t.Key) == 0 && t.Columns[at].Collation != "" {
			return nil, fmt.Errorf("%w: table %s has no key, and which texts of column %s are equal only the server knows", ErrSurrogate, t.ID, surrogate)
		}
		columns = append([]int{at}, slices.DeleteFunc(slices.Clone(columns), func(c int) bool { return c == at })...)
	}
	var ok bool
	if i.order, ok = newKeysOf(t, columns); !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoKey, t.ID)
	}
	var err error
	i.decoder, err = newDecoder(t, columns)
	return i, err
}

// Chunk is rows of a table in a row. One goroutine at a time uses it.
type Chunk struct {
	increment *Increment
	packets   [][]byte // of each row, as appendPacket has it; nil for one that was dropped
	keys      []string // by which the stream knows the row
	last      Key
	full      bool // it has as many rows as were asked for
	size      int
	err       error
}

// Last is the key of the last row, nil where there is none.
func (c *Chunk) Last() Key { return c.last }

// Full tells whether rows may follow.
func (c *Chunk) Full() bool { return c.full }

// Read is how many rows were read.
func (c *Chunk) Read() int { return len(c.packets) }

// LastKey is the key of the last row of the table, nil where it has none.
func (i *Increment) LastKey(ctx context.Context, s Session) (Key, error) {
	rows, err := s.Query(ctx, i.where(i.order.selectKeys(nil, nil), nil, nil)+" "+i.order.orderByDescending()+" LIMIT 1")
	if err != nil || len(rows) == 0 {
		return nil, untold(err)
	}
	return i.order.quote(rows[0]), nil
}

// Chunk reads the rows behind one key and up to another: so many rows and bytes at
// most, but one.
func (i *Increment) Chunk(ctx context.Context, s Session, after, to Key, rows, bytes int) (*Chunk, error) {
	if after != nil && len(after) != len(i.order.parts) {
		return nil, fmt.Errorf("%w: table %s is not read by the key any more that is stored of it", event.ErrDamaged, i.table.ID)
	}
	c := &Chunk{increment: i}
	query := i.where("SELECT "+i.decoder.selectList()+" FROM "+i.order.from(), after, to) +
		" " + i.order.orderBy() + " LIMIT " + strconv.Itoa(rows)
	seen, values, spare := 0, make([]event.Value, len(i.table.Columns)), []byte(nil)
	err := s.Stream(ctx, query, func(packet []byte) error {
		seen++
		// An error would end the connection, and so the rest is read for nothing.
		if c.full = c.full || len(c.packets) > 0 && c.size+len(packet) > bytes; !c.full && c.err == nil {
			c.err = c.take(packet, values, &spare)
		}
		return nil
	})
	if err := cmp.Or(err, c.err); err != nil {
		return nil, untold(err)
	}
	c.full = c.full || seen == rows
	if c.full && !i.unique {
		err = c.trim()
	}
	return c, err
}

// where adds the condition of a range to a query.
func (i *Increment) where(query string, after, to Key) string {
	var conditions []string
	if where := i.order.where(after, to); where != "" {
		conditions = append(conditions, where)
	}
	if i.filter != "" {
		conditions = append(conditions, "("+i.filter+"\n)")
	}
	if len(conditions) == 0 {
		return query
	}
	return query + " WHERE " + strings.Join(conditions, " AND ")
}

func (c *Chunk) take(packet []byte, values []event.Value, spare *[]byte) error {
	i := c.increment
	if err := i.decoder.row(packet, spare, values); err != nil {
		return fmt.Errorf("table %s: %w", i.table.ID, err)
	}
	var err error
	if c.last, err = i.order.of(values); err != nil {
		return err
	}
	identity := c.last
	if keys, keyed := newKeys(i.table); keyed {
		if identity, err = keys.of(values); err != nil {
			return err
		}
	}
	c.keys = append(c.keys, identity.text())
	c.packets = append(c.packets, appendPacket(nil, packet))
	c.size += len(packet)
	return nil
}

// trim takes the last rows off that have one key: there may be more of them.
func (c *Chunk) trim() error {
	n := len(c.keys)
	for n > 0 && c.keys[n-1] == c.last.text() {
		n--
	}
	if n == 0 {
		return fmt.Errorf("%w: too many rows of table %s have the same value", ErrSurrogate, c.increment.table.ID)
	}
	c.packets, c.keys = c.packets[:n], c.keys[:n]
	c.last = strings.Split(c.keys[n-1], "\x00")
	return nil
}

// Drop takes the rows out that were touched: the stream brings them. The error is an
// ErrWindow where it is not known which they are.
func (c *Chunk) Drop(t *Touched) error {
	switch {
	case t == nil:
		return nil
	case t.vague:
		return fmt.Errorf("%w: rows of %s changed beside it", ErrWindow, c.increment.table.ID)
	}
	for n, key := range c.keys {
		if _, touched := t.keys[key]; touched {
			c.packets[n] = nil
		}
	}
	return nil
}

// Rows returns what is left, in order.
func (c *Chunk) Rows(meta event.Meta) (out []*event.Rows) {
	var buffer []byte
	flush := func() {
		if len(buffer) > 0 {
			out = append(out, &event.Rows{
				Table: c.increment.table, Op: event.Read, Meta: meta, Size: len(buffer), Reader: newRows(c.increment.decoder, buffer),
			})
		}
		buffer = nil
	}
	for _, p := range c.packets {
		if p == nil {
			continue
		}
		if buffer = append(buffer, p...); len(buffer) >= batchBytes {
			flush()
		}
	}
	flush()
	return out
}
