package schema_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
)

// TestGolden_Replay folds the DDL of every recorded binlog, and checks every
// table map in it against the tables that come out.
func TestGolden_Replay(t *testing.T) {
	names, err := golden.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run("case="+name, func(t *testing.T) {
			c, err := golden.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			files, err := c.Binlogs()
			if err != nil {
				t.Fatal(err)
			}
			tables := &checked{Tracker: schema.New()}
			flavor := event.MySQL
			if strings.HasPrefix(name, "maria") {
				flavor = event.MariaDB
			}
			in, err := binlog.OpenFiles(binlog.Config{
				Flavor: flavor, Tables: tables, Capture: tables.captured, Start: event.Position{Flavor: flavor, Offset: 4},
			}, files...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = in.Close() })
			for {
				_, err := in.Next(t.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				if name == "schema_mismatch_warn" && errors.Is(err, schema.ErrMismatch) {
					return // its point is DDL that is not in the binlog
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if tables.resolved == 0 || name == "schema_mismatch_warn" {
				t.Errorf("%d table maps came, and no mismatch", tables.resolved)
			}
		})
	}
}

// checked counts what was resolved.
type checked struct {
	*schema.Tracker
	resolved int
}

func (c *checked) captured(schema.ID) bool { return true }

func (c *checked) Resolve(m *schema.TableMap) (*schema.Table, error) {
	c.resolved++
	return c.Tracker.Resolve(m)
}
