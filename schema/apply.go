package schema

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// ErrDDL says that a statement is not understood. [Tracker.Follow] goes on behind
// it where that is safe.
var ErrDDL = errors.New("the statement is not understood")

// ErrRows says that rows changed and the binlog does not say which.
var ErrRows = errors.New("rows were changed by a statement that is logged as text; set binlog_format=ROW")

// Apply folds one statement and returns what it did to each table, in order. A
// statement that is known to change no table gives no Change; one that is not
// understood is an error that names the table and the kind of statement, never
// anything else of its text, and leaves the Tracker as it was.
//
// A table that is not known stays so: DDL on it gives no Change, and Resolve
// refuses its rows.
func (t *Tracker) Apply(d DDL) ([]Change, error) {
	k, tokens := read(d, t.flavor)
	if k == noShape {
		return nil, nil
	}
	if k == changesRows {
		return nil, ErrRows
	}
	if k == unknownKind {
		return nil, fmt.Errorf("%w: it begins with %q", ErrDDL, firstWords(tokens))
	}
	changes, err := t.fold(d, k, tokens)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k, subject(tokens, d.Database), err)
	}
	return changes, nil
}

// firstWords returns the keywords that a statement begins with.
func firstWords(tokens []token) string {
	var out []string
	for _, t := range tokens[:min(2, len(tokens))] {
		if t.kind == tokenWord {
			out = append(out, t.text)
		}
	}
	return strings.Join(out, " ")
}

// subject is subjectOf for errors.
func subject(tokens []token, database string) string {
	if id := subjectOf(tokens, database); !id.IsDatabase() {
		return id.String()
	}
	return database
}

// subjectOf returns the first name behind the object of a statement, or only the
// database where there is none.
func subjectOf(tokens []token, database string) ID {
	i := 0
	for i < len(tokens) && !tokens[i].any("TABLE", "TABLES", "ON", "DATABASE", "SCHEMA", "TRUNCATE") && !isSequence(tokens, i) {
		i++
	}
	for i++; i < len(tokens) && tokens[i].any("TABLE", "TABLES", "ON", "DATABASE", "SCHEMA", "TRUNCATE", "IF", "NOT", "EXISTS"); i++ {
	}
	switch rest := tokens[min(i, len(tokens)):]; nameLen(rest) {
	case 0:
		return ID{Database: database}
	case 1:
		return ID{Database: database, Name: rest[0].text}
	default:
		return ID{Database: rest[0].text, Name: rest[2].text}
	}
}

// isSequence tells the word SEQUENCE where it is the object of a statement, and no
// name.
func isSequence(tokens []token, i int) bool {
	return i > 0 && tokens[i].is("SEQUENCE") && tokens[i-1].any("CREATE", "REPLACE", "DROP")
}

// fold rewrites, parses and folds a statement of a kind that changes tables.
func (t *Tracker) fold(d DDL, k kind, tokens []token) ([]Change, error) {
	r, err := rewrite(k, tokens, d.SQLMode)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDDL, err)
	}
	node, err := t.parse(r.text)
	if err != nil {
		return nil, err
	}
	f := &folder{tracker: t, ddl: d, src: r, tables: map[ID]*Table{}}
	if err := f.statement(node); err != nil {
		return nil, err
	}
	return f.commit(), nil
}

// parse parses rewritten text. The parser's own words are left out of errors,
// since they quote the statement; and it must not take the process down.
func (t *Tracker) parse(text string) (node ast.StmtNode, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w: the parser failed", ErrDDL)
		}
	}()
	node, err = t.parser.ParseOneStmt(text, "utf8mb4", "")
	if err != nil {
		return nil, fmt.Errorf("%w%s", ErrDDL, near(text, err))
	}
	return node, nil
}

// near tells which keyword a parser error is at, where it is at one.
func near(text string, err error) string {
	var line, column int
	if _, scanErr := fmt.Sscanf(err.Error(), "line %d column %d", &line, &column); scanErr != nil || line != 1 {
		return ""
	}
	l := lexer{rest: text}
	for t := l.next(); t.kind != tokenEnd; t = l.next() {
		if len(text)-len(l.rest) < column {
			continue
		}
		if t.kind == tokenWord {
			return " near " + t.text
		}
		return ""
	}
	return ""
}

// folder folds one statement. It works on a copy, which commit puts in place.
type folder struct {
	tracker *Tracker
	ddl     DDL
	src     *rewritten
	tables  map[ID]*Table // changed ones; nil is gone
	changes []Change
}

// statement folds a parsed statement.
func (f *folder) statement(node ast.StmtNode) error {
	switch s := node.(type) {
	case *ast.CreateTableStmt:
		return f.createTable(s)
	case *ast.AlterTableStmt:
		return f.alterTable(s)
	case *ast.DropTableStmt:
		f.dropTables(s)
		return nil
	case *ast.RenameTableStmt:
		f.renameTables(s)
		return nil
	case *ast.TruncateTableStmt:
		f.truncate(f.id(s.Table))
		return nil
	case *ast.CreateSequenceStmt:
		f.createSequence(s)
		return nil
	case *ast.DropSequenceStmt:
		for _, n := range s.Sequences {
			f.drop(f.id(n))
		}
		return nil
	case *ast.CreateIndexStmt:
		return f.createIndex(s)
	case *ast.DropIndexStmt:
		return f.dropIndex(s)
	case *ast.CreateDatabaseStmt:
		return f.createDatabase(s)
	case *ast.AlterDatabaseStmt:
		return f.alterDatabase(s)
	case *ast.DropDatabaseStmt:
		f.dropDatabase(s.Name.O)
		return nil
	}
	return ErrDDL
}

// id returns the ID that a name in the statement stands for.
func (f *folder) id(n *ast.TableName) ID {
	id := ID{Database: n.Schema.O, Name: n.Name.O}
	if id.Database == "" {
		id.Database = f.ddl.Database
	}
	return f.tracker.stored(id)
}

// table returns the present version of a table, nil when it is not known, or a
// sequence.
func (f *folder) table(id ID) *Table {
	if tb := f.entry(id); tb != nil && !tb.Sequence {
		return tb
	}
	return nil
}

// entry is table for what may be a sequence, too.
func (f *folder) entry(id ID) *Table {
	if tb, changed := f.tables[id]; changed {
		return tb
	}
	return f.tracker.tables[id]
}

// put makes tb the present version, if its table is tracked.
func (f *folder) put(kind ChangeKind, tb *Table, previous ID) {
	if !tb.ID.IsDatabase() && !f.tracker.tracks(tb.ID) {
		f.tables[tb.ID] = nil
		return
	}
	if tb.Sequence {
		kind, previous = SequenceChanged, ID{}
	}
	f.tables[tb.ID] = tb
	f.changes = append(f.changes, Change{Kind: kind, ID: tb.ID, Previous: previous, Table: tb})
}

// drop forgets a table or sequence.
func (f *folder) drop(id ID) {
	before := f.entry(id)
	f.tables[id] = nil
	switch {
	case !f.tracker.tracks(id):
	case before != nil && before.Sequence:
		f.changes = append(f.changes, Change{Kind: SequenceChanged, ID: id, Table: &Table{ID: id, Dropped: true}})
	default:
		f.changes = append(f.changes, Change{Kind: Dropped, ID: id})
	}
}

// commit puts the result in place and numbers the versions.
func (f *folder) commit() []Change {
	t := f.tracker
	for i := range f.changes {
		c := &f.changes[i]
		if c.Kind != Truncated {
			t.version++
		}
		c.Version = t.version
		if c.Table != nil && c.Kind != Truncated {
			c.Table.Version = t.version
		}
	}
	maps.Copy(t.tables, f.tables)
	for id, tb := range f.tables {
		if tb == nil {
			delete(t.tables, id)
		}
		delete(t.unread, id)
	}
	for _, c := range f.changes {
		if c.Kind == Lost {
			t.unread[c.ID] = c.Table.Unread
		}
	}
	return f.changes
}
