package schema_test

import (
	"context"
	"database/sql"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// many is a server with tables of a mix of shapes, which answers at once.
type many struct {
	list    [][]sql.NullString
	answers map[string][][]sql.NullString
	bytes   int64
}

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }

func newMany(n int) *many {
	m := &many{answers: map[string][][]sql.NullString{}}
	for i := range n {
		name, definition := mysqltest.MixedName(i), mysqltest.MixedTable(i)
		m.list = append(m.list, []sql.NullString{text("d"), text(name)})
		m.answers[schema.ShowCreateTable(schema.ID{Database: "d", Name: name})] = [][]sql.NullString{{text(name), text(definition)}}
		m.bytes += int64(len(definition))
	}
	return m
}

func (m *many) Ask(_ context.Context, statements ...string) (rows [][]sql.NullString, err error) {
	for _, query := range statements {
		rows = append(rows, m.answer(query)...)
	}
	return rows, nil
}

func (m *many) answer(query string) [][]sql.NullString {
	switch {
	case strings.HasPrefix(query, "SELECT @@"):
		return [][]sql.NullString{{text("utf8mb4"), text("utf8mb4_0900_ai_ci"), text("0")}}
	case strings.HasPrefix(query, "SELECT SCHEMA_NAME"):
		return [][]sql.NullString{{text("d"), text("utf8mb4"), text("utf8mb4_0900_ai_ci")}}
	case strings.HasPrefix(query, "SELECT TABLE_SCHEMA"):
		return m.list
	}
	return m.answers[query]
}

// BenchmarkLoad parses and folds the definitions of 10,000 tables, and says how
// much of the heap they take then.
func BenchmarkLoad(b *testing.B) {
	m := newMany(10_000)
	b.SetBytes(m.bytes)
	b.ReportAllocs()
	before := heap()
	var tr *schema.Tracker
	for b.Loop() {
		tr = schema.New()
		if err := schema.Load(b.Context(), m, tr); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(heap()-before)/1e6, "MB-live")
	runtime.KeepAlive(tr)
}

func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// BenchmarkApply folds one statement into a schema of 5,000 tables, and hashes what
// comes out.
func BenchmarkApply(b *testing.B) {
	for _, tables := range []int{1, 5000} {
		b.Run("tables="+strconv.Itoa(tables), func(b *testing.B) {
			m, tr := newMany(5000), schema.New()
			m.list = m.list[5000-tables:]
			if err := schema.Load(b.Context(), m, tr); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			alter := []string{"ALTER TABLE `d`.`table_04999` ADD COLUMN more INT", "ALTER TABLE `d`.`table_04999` DROP COLUMN more"}
			for i := 0; b.Loop(); i++ {
				changes, err := tr.Apply(schema.DDL{Database: "d", Statement: alter[i%2]})
				if err != nil || len(changes) != 1 {
					b.Fatal(changes, err)
				}
				if _, err := changes[0].Table.Hash(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
