package binlog

import (
	"encoding/json"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
	"cdcd/sink/format"
)

// TestRows_Golden decodes the rows of every type from recorded binlogs, prints
// them, and expects what Debezium printed of the same rows.
func TestRows_Golden(t *testing.T) {
	for _, name := range []string{"types", "maria_types", "basic", "maria_basic", "decimal_double", "time_isostring"} {
		t.Run("case="+name, func(t *testing.T) {
			c, err := golden.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			want := goldenRows(t, c)
			if len(want) == 0 {
				t.Fatal("the case has no rows")
			}
			r := recordedCase(t, name)
			tables := goldenTables(t, c)
			r.rowsOf(t, func(m *schema.TableMap, e recordedEvent) {
				table := tables[m.ID.String()]
				if e.start < c.Start || table == nil {
					return
				}
				for place, got := range printRows(t, c, m, table, e) {
					if want[place] != got {
						t.Errorf("%v:\nwant %s\n got %s", place, want[place], got)
					}
					delete(want, place)
				}
			})
			for p := range want {
				t.Errorf("not decoded: %v", p)
			}
		})
	}
}

// rowPlace is where a row stands: Debezium's source.pos and source.row.
type rowPlace struct {
	table string
	pos   uint64
	row   int
}

// goldenRows returns before and after of each row as they were printed.
func goldenRows(t *testing.T, c *golden.Case) map[rowPlace]string {
	t.Helper()
	rows := map[rowPlace]string{}
	for _, r := range c.Data() {
		if r.Value == nil {
			continue
		}
		addImages(t, rows, *r.Value)
	}
	return rows
}

// addImages adds what a record prints; a change of the key has two records.
func addImages(t *testing.T, rows map[rowPlace]string, value string) {
	t.Helper()
	var framed struct{ Payload goldenPayload }
	if err := json.Unmarshal([]byte(value), &framed); err != nil {
		t.Fatal(err)
	}
	p := framed.Payload
	rows[rowPlace{p.Source.Table, p.Source.Pos, p.Source.Row}] += string(p.Before) + " -> " + string(p.After) + "\n"
}

type goldenPayload struct {
	Before, After json.RawMessage
	Source        struct {
		Table string
		Pos   uint64
		Row   int
	}
}

func printRows(t *testing.T, c *golden.Case, m *schema.TableMap, table *schema.Table, e recordedEvent) map[rowPlace]string {
	t.Helper()
	p, err := compileRows(m, table)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
	f, err := format.NewJSON(format.Config{
		TopicPrefix: "p", Connector: strings.Split(c.Config["connector.class"], ".")[3], ValueSchemas: true, TimeAdjuster: true,
		DecimalMode: format.DecimalMode(c.Config["decimal.handling.mode"]),
		TimeMode:    format.TimeMode(c.Config["time.precision.mode"]),
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := f.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	rows := &event.Rows{Table: table, Op: h.op, Meta: event.Meta{Txn: &event.Txn{}, Pos: e.start}, Reader: e.reader(t, p)}
	if _, err := plan.Append(&b, rows); err != nil {
		t.Fatalf("%s at %d: %v", m.ID, e.start, err)
	}
	out := map[rowPlace]string{}
	for i := range b.Records {
		if v := b.Value(i); v != nil {
			addImages(t, out, string(v))
		}
	}
	return out
}

// goldenTables reads the tables as Debezium recorded them; of several versions
// the last.
func goldenTables(t testing.TB, c *golden.Case) map[string]*schema.Table {
	t.Helper()
	history, err := c.History()
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]*schema.Table{}
	for _, h := range history {
		for _, table := range h.Tables {
			tables[table.ID.String()] = table
		}
	}
	return tables
}
