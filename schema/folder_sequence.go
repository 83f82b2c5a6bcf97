package schema

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

func (f *folder) createSequence(s *ast.CreateSequenceStmt) {
	id := f.id(s.Name)
	switch {
	case f.ddl.Failed && f.src.replace:
		f.drop(id)
	case f.ddl.Failed, s.IfNotExists && f.entry(id) != nil:
	default:
		f.makeSequence(id)
	}
}

// makeSequence makes a name a sequence's, whatever had it before.
func (f *folder) makeSequence(id ID) {
	if f.table(id) != nil {
		f.drop(id)
	}
	f.put(SequenceChanged, &Table{ID: id, Sequence: true}, ID{})
}

// alterSequence follows an ALTER TABLE of a sequence to its new name. One that
// becomes a table is not known: what columns it has the version does not say.
func (f *folder) alterSequence(id ID, s *ast.AlterTableStmt) error {
	if f.src.plain {
		return fmt.Errorf("%w: a sequence becomes a table", ErrDDL)
	}
	for _, spec := range s.Specs {
		if spec.Tp == ast.AlterTableRenameTable {
			f.rename(id, f.id(spec.NewTable), f.entry(id).clone())
		}
	}
	return nil
}

// sequenceColumns are the columns of every sequence's rows.
var sequenceColumns = []string{
	"next_not_cached_value", "minimum_value", "maximum_value", "start_value", "increment",
	"cache_size", "cycle_option", "cycle_count",
}

// checkSequence compares rows with those of a sequence.
func checkSequence(m *TableMap) error {
	switch {
	case len(m.Columns) != len(sequenceColumns):
		return fmt.Errorf("%d columns, and a sequence has %d", len(m.Columns), len(sequenceColumns))
	case m.IsFull() && !slices.Equal(m.Meta.Names, sequenceColumns):
		return errors.New("the columns are not those of a sequence")
	}
	return nil
}
