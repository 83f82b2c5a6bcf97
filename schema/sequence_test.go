package schema_test

import (
	"errors"
	"testing"

	"cdcd/schema"
)

// sequenceMap is what a server says of a sequence's rows.
func sequenceMap(name string) *schema.TableMap {
	m := &schema.TableMap{ID: inD(name), Meta: &schema.Metadata{Names: []string{
		"next_not_cached_value", "minimum_value", "maximum_value", "start_value", "increment", "cache_size", "cycle_option", "cycle_count",
	}}}
	for range m.Meta.Names {
		m.Columns = append(m.Columns, schema.WireColumn{Type: schema.WireLongLong})
	}
	return m
}

// A sequence is not among the tables; rows of its name are a sequence's, or an error.
func TestSequence_Resolve(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE SEQUENCE s")
	if tr.Table(inD("s")) != nil || len(tr.Tables()) != 0 {
		t.Errorf("tables %v", tr.Tables())
	}
	m := sequenceMap("s")
	if tb, err := tr.Resolve(m); err != nil || !tb.Sequence {
		t.Errorf("%+v, %v", tb, err)
	}
	m.Meta.Names[2] = "other"
	if _, err := tr.Resolve(m); !errors.Is(err, schema.ErrMismatch) {
		t.Errorf("other names: %v", err)
	}
	m.Meta, m.Columns = nil, m.Columns[1:]
	if _, err := tr.Resolve(m); !errors.Is(err, schema.ErrMismatch) {
		t.Errorf("fewer columns: %v", err)
	}
}

// A definition that is given for rows of which nothing is known may be a sequence's:
// histories of before sequences were followed have none.
func TestSequence_Given(t *testing.T) {
	tr := schema.New()
	for _, text := range []string{"CREATE SEQUENCE d.s", "CREATE TABLE s (next_not_cached_value bigint) SEQUENCE=1"} {
		said, err := tr.Define(inD("s"), text)
		if err != nil || !said.Sequence {
			t.Fatal(said, err)
		}
		tr.Give(schema.Given(said, "g:1", 0))
		changes := tr.Adopt(txn("g:1"), inD("s"))
		if len(changes) != 1 || changes[0].Kind != schema.SequenceChanged {
			t.Errorf("%+v", changes)
		}
		if _, err := tr.Resolve(sequenceMap("s")); err != nil {
			t.Error(err)
		}
		apply(t, tr, "DROP SEQUENCE s")
	}
}

// What columns a sequence has that becomes a table is not known.
func TestSequence_BecomesTable(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE SEQUENCE s")
	changes, err := follows(tr, "g:1", "ALTER TABLE s SEQUENCE=0")
	if err != nil || len(changes) != 1 || changes[0].Kind != schema.Lost {
		t.Fatal(changes, err)
	}
	if _, err := tr.Resolve(sequenceMap("s")); !errors.Is(err, schema.ErrUnknownTable) {
		t.Error(err)
	}
}
