package binlog

import (
	"fmt"
	"sync"

	"cdcd/event"
	"cdcd/schema"
)

// rowsPlan decodes the row images of one table map with one table version.
// Any number of goroutines may use readers of it at the same time.
type rowsPlan struct {
	columns []column
	hidden  int       // columns behind them in the images, which are MariaDB's own
	raw     []column  // the same, with JSON documents as they are; nil without JSON
	json    []int     // the columns of binary JSON
	scratch sync.Pool // *[]byte, lent to readers
}

// compileRows checks that m describes rows of t, and prepares their decoding.
// It is called once per table map and table version. An error says that the
// two do not belong together, or that a column cannot be decoded.
func compileRows(m *schema.TableMap, t *schema.Table) (*rowsPlan, error) {
	hidden := t.Hidden(m)
	if len(m.Columns)-hidden != len(t.Columns) {
		return nil, fmt.Errorf("table %s has %d columns in the binlog but %d in its definition (version %d)",
			t.ID, len(m.Columns), len(t.Columns), t.Version)
	}
	p := &rowsPlan{columns: make([]column, len(t.Columns)), hidden: hidden}
	for i := range t.Columns {
		c, err := compileColumn(&t.Columns[i], m.Columns[i], m.Meta, i)
		if err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", t.ID, t.Columns[i].Name, err)
		}
		p.columns[i] = c
		if m.Columns[i].Type == schema.WireJSON {
			p.json = append(p.json, i)
		}
	}
	p.keepRaw()
	p.scratch.New = func() any { return new([]byte) }
	return p, nil
}

// newReader returns a reader of the event's row images. It reads the event's
// bytes in place.
func (p *rowsPlan) newReader(h rowsHeader) (event.RowReader, error) {
	if all := len(p.columns) + p.hidden; h.columns != all {
		return nil, fmt.Errorf("%w: rows event of %d columns for a table map of %d", event.ErrDamaged, h.columns, all)
	}
	r := &rowsReader{plan: p, header: h, cursor: cursor{b: h.images}}
	if h.op == event.Create {
		r.missing = event.Default
	}
	return r, nil
}
