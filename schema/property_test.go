package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cdcd/schema"
)

// model is a table as a list of lines, changed one clause at a time.
type model struct {
	columns []modelColumn
	primary []string
	uniques []modelIndex
	next    int
}

type modelColumn struct {
	name, typ string
	nullable  bool
}

type modelIndex struct{ name, column string }

// TestApply_RandomAlters runs random ALTERs of one clause each through the
// tracker and through the model.
func TestApply_RandomAlters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{columns: []modelColumn{{"c0", "INT", true}}, next: 1}
		tr := schema.New()
		run := func(stmt string) {
			if _, err := tr.Apply(schema.DDL{Database: "d", Statement: stmt}); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
		run("CREATE TABLE t (c0 INT)")
		for range rapid.IntRange(1, 30).Draw(t, "alters") {
			if clause := m.step(t); clause != "" {
				run("ALTER TABLE t " + clause)
			}
			if got, want := summary(tr.Table(schema.ID{Database: "d", Name: "t"})), m.summary(); got != want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
		}
	})
}

// step changes the model and returns the clause that says so; "" when what was
// drawn is not possible.
func (m *model) step(t *rapid.T) string {
	i := rapid.IntRange(0, len(m.columns)-1).Draw(t, "column")
	steps := []func(*rapid.T, int) string{m.add, m.drop, m.change, m.rename, m.move, m.setPrimary, m.dropPrimary, m.unique, m.dropUnique}
	return steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")](t, i)
}

func (m *model) fresh() string {
	m.next++
	return fmt.Sprintf("c%d", m.next)
}

func drawColumn(t *rapid.T, name string) modelColumn {
	return modelColumn{name, rapid.SampledFrom([]string{"INT", "BIGINT", "VARCHAR"}).Draw(t, "type"), rapid.Bool().Draw(t, "nullable")}
}

func (c modelColumn) definition() string {
	def := c.name + " " + strings.Replace(c.typ, "VARCHAR", "VARCHAR(9) DEFAULT 'a,b)'", 1)
	if !c.nullable {
		def += " NOT NULL"
	}
	return def
}

func (m *model) add(t *rapid.T, i int) string {
	c := drawColumn(t, m.fresh())
	if rapid.Bool().Draw(t, "first") {
		m.columns = slices.Insert(m.columns, 0, c)
		return "ADD " + c.definition() + " FIRST"
	}
	after := m.columns[i].name
	m.columns = slices.Insert(m.columns, i+1, c)
	return "ADD COLUMN " + c.definition() + " AFTER " + after
}

func (m *model) drop(_ *rapid.T, i int) string {
	name := m.columns[i].name
	if len(m.columns) == 1 {
		return ""
	}
	m.columns = slices.Delete(m.columns, i, i+1)
	m.primary = slices.DeleteFunc(m.primary, func(s string) bool { return s == name })
	m.uniques = slices.DeleteFunc(m.uniques, func(ix modelIndex) bool { return ix.column == name })
	return "DROP COLUMN " + name
}

func (m *model) change(t *rapid.T, i int) string {
	old, c := m.columns[i].name, drawColumn(t, m.fresh())
	m.renamed(i, c.name)
	m.columns[i] = c
	if slices.Contains(m.primary, c.name) {
		m.columns[i].nullable = false
	}
	return "CHANGE " + old + " " + c.definition()
}

func (m *model) rename(_ *rapid.T, i int) string {
	old := m.columns[i].name
	m.renamed(i, m.fresh())
	return "RENAME COLUMN " + old + " TO " + m.columns[i].name
}

func (m *model) renamed(i int, to string) {
	from := m.columns[i].name
	m.columns[i].name = to
	if slices.Contains(m.primary, from) {
		m.primary = []string{to}
	}
	for j := range m.uniques {
		if m.uniques[j].column == from {
			m.uniques[j].column = to
		}
	}
}

func (m *model) move(_ *rapid.T, i int) string {
	c := m.columns[i]
	m.columns = slices.Insert(slices.Delete(m.columns, i, i+1), 0, c)
	return "MODIFY " + c.definition() + " FIRST"
}

func (m *model) setPrimary(_ *rapid.T, i int) string {
	if len(m.primary) > 0 {
		return ""
	}
	m.columns[i].nullable = false
	m.primary = []string{m.columns[i].name}
	return "ADD PRIMARY KEY (" + m.columns[i].name + ")"
}

func (m *model) dropPrimary(*rapid.T, int) string {
	if len(m.primary) == 0 {
		return ""
	}
	m.primary = nil
	return "DROP PRIMARY KEY"
}

func (m *model) unique(_ *rapid.T, i int) string {
	ix := modelIndex{m.fresh(), m.columns[i].name}
	m.uniques = append(m.uniques, ix)
	return "ADD UNIQUE KEY " + ix.name + " (" + ix.column + ")"
}

func (m *model) dropUnique(*rapid.T, int) string {
	if len(m.uniques) == 0 {
		return ""
	}
	ix := m.uniques[0]
	m.uniques = m.uniques[1:]
	return "DROP INDEX " + ix.name
}

func (m *model) summary() string {
	key := m.primary
	for _, ix := range m.uniques {
		for _, c := range m.columns {
			if len(key) == 0 && c.name == ix.column && !c.nullable {
				key = []string{c.name}
			}
		}
	}
	return fmt.Sprint(m.columns, append([]string{}, key...))
}

func summary(tb *schema.Table) string {
	var columns []modelColumn
	for _, c := range tb.Columns {
		columns = append(columns, modelColumn{c.Name, c.TypeText, c.Nullable})
	}
	key := []string{}
	for _, i := range tb.Key {
		key = append(key, tb.Columns[i].Name)
	}
	return fmt.Sprint(columns, key)
}
