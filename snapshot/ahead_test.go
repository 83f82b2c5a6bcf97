package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"cdcd/event"
	"cdcd/schema"
)

// asked counts the rows that queries ask for.
type asked struct {
	served
	rows *int
}

func (s asked) Stream(ctx context.Context, q string, row func([]byte) error) error {
	var limit int
	if m := ofQuery.FindStringSubmatch(q); m[4] != "" {
		_, _ = fmt.Sscan(m[4], &limit)
	}
	*s.rows += limit
	return s.served.Stream(ctx, q, row)
}

// TestAhead copies a table while little of it becomes durable: no more is asked for
// than the bound, and the copy goes on as far as it does.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 5 * maxAhead / 2
		p := beginning("a", "b").WithView(event.View{}, nil)
		s := asked{served{"a": rows, "b": rows}, new(int)}
		r := reading(t, p, s)
		var last *event.Progress
		go follow(t, r, func(p *event.Progress) { last = p })
		durable := int64(0)
		for rounds := 0; durable < 2*rows; rounds++ {
			synctest.Wait()
			if ahead := int64(*s.rows) - durable; ahead > maxAhead {
				t.Fatalf("%d rows ahead", ahead)
			}
			if rounds > 100 || last.Rows == durable {
				t.Fatalf("it stands at %d rows, of which %d are durable", last.Rows, durable)
			}
			durable = last.Rows
			r.Durable(last)
		}
	})
}

// TestAhead_Keyless copies tables without a key, of which nothing is durable before all
// of one is, and tables with a key beside and behind them.
func TestAhead_Keyless(t *testing.T) {
	p := beginning("a", "k1", "k2", "b").WithView(event.View{}, nil)
	s := served{"a": 10, "k1": 2 * maxAhead, "k2": 3 * maxAhead, "b": 2 * maxAhead}
	r := reading(t, p, s, s)
	follow(t, r, r.Durable)
}

// follow takes all items, and has committed called with the progress of each commit.
func follow(t *testing.T, r *Reader, committed func(*event.Progress)) {
	t.Helper()
	for {
		item, err := r.Next(t.Context())
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			return
		}
		if c, ok := item.(event.Commit); ok {
			committed(c.Snapshot)
		}
	}
}

// reading copies the tables of a progress.
func reading(t *testing.T, p *event.Progress, sessions ...Session) *Reader {
	t.Helper()
	cfg := Config{Sessions: sessions, Progress: p, Same: func(*schema.Table, string) (bool, error) { return true, nil }}
	for _, table := range p.Tables {
		cfg.Tables = append(cfg.Tables, Table{Table: of(table.ID.Name)})
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}
