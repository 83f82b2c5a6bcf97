package snapshot

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

const (
	batchBytes = 64 << 10 // of rows that go on together
	maxAhead   = 50_000   // rows, times the sessions, that a crash may have them read again
	maxChunk   = 25_000   // rows of one query, for which an ALTER may have to wait
	firstChunk = 2_000    // rows of a query when it is not known yet how large they are
	chunkBytes = 32 << 20 // of one query, as far as rows are alike
)

// worker is one session at work.
type worker struct {
	session Session
	reader  *Reader
	begun   time.Time // when the view was opened

	row   []event.Value // of the table at hand
	spare []byte
}

// run reads parts until there are no more.
func (w *worker) run(ctx context.Context) error {
	for {
		p, err := w.reader.work.claim(ctx, func(t *table) error { return w.plan(ctx, t) })
		if p == nil || err != nil {
			return err
		}
		if err := w.read(ctx, p); err != nil {
			return &TableError{p.table.Table.Table.ID, err}
		}
	}
}

// plan looks at a table and divides it.
func (w *worker) plan(ctx context.Context, t *table) error {
	err := w.aside(ctx, t, func(create string) error {
		same, err := w.reader.cfg.Same(t.Table.Table, create)
		if err != nil || !same {
			return cmp.Or(err, ErrChanged)
		}
		rows, err := w.session.Query(ctx, "SELECT UNIX_TIMESTAMP()")
		if err != nil {
			return err
		}
		seconds, _ := strconv.ParseInt(rows[0][0].String, 10, 64)
		t.micros = seconds * 1e6
		if err := w.divide(ctx, t); err != nil {
			return err
		}
		w.reader.divided(t)
		t.create = create
		return nil
	})
	if err != nil {
		return &TableError{t.Table.Table.ID, err}
	}
	return nil
}

// divide makes the parts of a table of which nothing was read.
func (w *worker) divide(ctx context.Context, t *table) error {
	if t.parts != nil {
		return nil
	}
	var bounds []Key
	if t.Parts > 1 && t.keyed && t.Query == "" {
		var err error
		if bounds, err = split(ctx, w.session, t.keys, nil, nil, t.Parts); err != nil {
			return err
		}
	}
	var after Key
	for _, to := range append(bounds, nil) {
		t.parts = append(t.parts, &part{table: t, after: after, to: to, view: event.Unread})
		after = to
	}
	t.open = len(t.parts)
	return nil
}

// aside does something with a table, given the statement that makes it, which stays
// so for as long. Behind it the server does not keep others from changing the table:
// a lock of its definition goes with the savepoint (MySQL manual, "Metadata Locking").
func (w *worker) aside(ctx context.Context, t *table, do func(create string) error) error {
	name := schema.Backquoted(t.Table.Table.ID)
	rows, err := w.session.Query(ctx, "SAVEPOINT cdcd;SELECT 1 FROM "+name+" LIMIT 0;"+schema.ShowCreate+name)
	if err != nil {
		return err
	}
	create, err := Definition(rows)
	if err != nil {
		return err
	}
	if err := do(withoutCounter(create)); err != nil {
		return err
	}
	_, err = w.session.Query(ctx, "ROLLBACK TO SAVEPOINT cdcd")
	return err
}

// Definition is the statement that makes a table, in the server's answer to SHOW CREATE
// TABLE. The error is an ErrChanged.
func Definition(answer [][]sql.NullString) (string, error) {
	if len(answer) != 1 || len(answer[0]) < 2 {
		return "", fmt.Errorf("%w: it is a view now", ErrChanged)
	}
	return answer[0][1].String, nil
}

var counter = regexp.MustCompile(` AUTO_INCREMENT=\d+`)

// withoutCounter is a definition less what every new row changes. It stands behind
// the columns, in which no line begins so.
func withoutCounter(create string) string {
	i := strings.LastIndex(create, "\n)")
	if i < 0 {
		return create
	}
	return create[:i] + counter.ReplaceAllString(create[i:], "")
}

// read reads a part, one query after the other.
func (w *worker) read(ctx context.Context, p *part) error {
	most := cmp.Or(w.reader.cfg.Rows, maxChunk)
	c := &chunk{worker: w, part: p, after: p.after, most: most, limit: min(firstChunk, most)}
	w.row = make([]event.Value, len(p.table.Table.Table.Columns))
	for {
		if err := c.ask(ctx); err != nil {
			return err
		}
		if age := w.reader.cfg.Renew; age > 0 && time.Since(w.begun) > age {
			return ErrOld
		}
		err := w.aside(ctx, p.table, func(create string) error {
			if create != p.table.create {
				return ErrChanged
			}
			return c.read(ctx)
		})
		if err != nil {
			return err
		}
		if c.ended() {
			return nil
		}
	}
}

// chunk is one query of a part at a time.
type chunk struct {
	*worker
	part  *part
	after Key
	most  int // rows of a query
	limit int // of the next one; 0 has it read all

	rows  int // of the query
	bytes int // of them
	sent  int // rows of it that go on
	batch *batch
}

// ended tells whether the last query came to the part's end.
func (c *chunk) ended() bool { return !c.part.table.keyed || c.rows < c.limit }

// ask decides on the size of the next query, and waits until it may be read.
func (c *chunk) ask(ctx context.Context) error {
	if c.rows > 0 {
		c.limit = min(c.most, max(1, chunkBytes/(c.bytes/c.rows+1)))
	}
	if !c.part.table.keyed {
		c.limit = 0
	}
	return c.reader.ahead.ask(ctx, c.limit)
}

func (c *chunk) read(ctx context.Context) error {
	c.rows, c.bytes, c.sent, c.batch = 0, 0, 0, nil
	defer func() { c.reader.ahead.got(c.limit, c.sent) }()
	err := c.session.Stream(ctx, c.query(), func(packet []byte) error { return c.take(ctx, packet) })
	if err != nil {
		return c.part.table.failed(untold(err))
	}
	if c.batch == nil {
		c.batch = &batch{part: c.part}
	}
	c.batch.end = c.ended()
	if c.batch.count == 0 && !c.batch.end {
		return nil
	}
	return c.send(ctx)
}

func (c *chunk) query() string {
	t := c.part.table
	from := t.from()
	if t.keyed && t.Query == "" {
		from = t.keys.from()
	}
	q := "SELECT " + t.decoder.selectList() + " FROM " + from
	if !t.keyed {
		return q
	}
	if where := t.keys.where(c.after, c.part.to); where != "" {
		q += " WHERE " + where
	}
	return q + " " + t.keys.orderBy() + " LIMIT " + strconv.Itoa(c.limit)
}

// take adds a row to the batch, unless the stream brings it.
func (c *chunk) take(ctx context.Context, packet []byte) error {
	c.rows++
	c.bytes += len(packet)
	t := c.part.table
	if t.keyed && (t.Window.any() || c.rows == c.limit) {
		key, err := c.key(packet)
		if err != nil {
			return err
		}
		if slices.Equal(key, c.after) {
			return fmt.Errorf("%w: a row came twice: the server compares its key otherwise than it orders it", event.ErrDamaged)
		}
		c.after = key
		if t.Window.has(key) {
			return nil
		}
	}
	if c.batch == nil {
		c.batch = &batch{part: c.part, data: make([]byte, 0, batchBytes+len(packet))}
	}
	b := c.batch
	b.last = len(b.data)
	b.data = appendPacket(b.data, packet)
	b.count++
	if len(b.data) < batchBytes {
		return nil
	}
	return c.send(ctx)
}

// key is that of a row.
func (c *chunk) key(packet []byte) (Key, error) {
	t := c.part.table
	if err := t.decoder.row(packet, &c.spare, c.row); err != nil {
		return nil, err
	}
	return t.keys.of(c.row)
}

// send hands the batch on.
func (c *chunk) send(ctx context.Context) error {
	b := c.batch
	if b.count > 0 && c.part.table.keyed {
		var err error
		if b.key, err = c.key(b.data[b.last+packetLength:]); err != nil {
			return err
		}
	}
	c.batch = nil
	if cap(b.data) > 2*len(b.data) { // there may be thousands of tables with few rows
		b.data = bytes.Clone(b.data)
	}
	if c.part.table.keyed {
		c.sent += b.count
	} else {
		c.reader.ahead.got(0, b.count)
	}
	select {
	case c.reader.batches <- b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
