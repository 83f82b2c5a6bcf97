package schema

import (
	"cmp"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// serverEncoding returns the default of the server.
func (f *folder) serverEncoding() encoding {
	if s := f.ddl.ServerCharset; s != "" {
		if name, err := charsetName(s); err == nil {
			return encoding{charset: name}
		}
		if name, err := charsetOf(s, ""); err == nil {
			return encoding{name, s}
		}
	}
	tb := f.tracker.tables[ID{}]
	return encoding{tb.Charset, tb.Collation}
}

// databaseEncoding returns the default of a database; that of the server when
// the database is not known.
func (f *folder) databaseEncoding(name string) encoding {
	if tb := f.table(f.tracker.stored(ID{Database: name})); tb != nil {
		return encoding{tb.Charset, tb.Collation}
	}
	return f.serverEncoding()
}

// namedDefault returns what CHARACTER SET DEFAULT means where the default is e:
// to MariaDB the character set with its own collation.
func (f *folder) namedDefault(e encoding) encoding {
	if f.tracker.flavor == FlavorMariaDB {
		return encoding{charset: e.charset}
	}
	return e
}

// convertDefault returns what CONVERT TO CHARACTER SET DEFAULT means: to MariaDB
// the default of the table's database, to MySQL that of the session's. Source:
// MySQL sql/sql_yacc.yy, collation_database.
func (f *folder) convertDefault(database encoding) encoding {
	switch {
	case f.tracker.flavor == FlavorMariaDB:
		return database
	case f.ddl.Database == "":
		return f.serverEncoding()
	}
	return f.databaseEncoding(f.ddl.Database)
}

func (f *folder) createDatabase(s *ast.CreateDatabaseStmt) error {
	id := f.tracker.stored(ID{Database: s.Name.O})
	if f.src.replace {
		f.dropDatabase(s.Name.O)
	}
	if s.IfNotExists && f.table(id) != nil {
		return nil
	}
	return f.putDatabase(id, f.serverEncoding())
}

func (f *folder) alterDatabase(s *ast.AlterDatabaseStmt) error {
	id := f.tracker.stored(ID{Database: cmp.Or(s.Name.O, f.ddl.Database)})
	return f.putDatabase(id, f.databaseEncoding(id.Database))
}

// putDatabase notes the default of a database that inherits base.
func (f *folder) putDatabase(id ID, base encoding) error {
	e, err := f.src.charset.resolve(base, f.namedDefault(f.serverEncoding()))
	if err == nil {
		f.put(DatabaseChanged, &Table{ID: id, Charset: e.charset, Collation: e.collation}, ID{})
	}
	return err
}

// dropDatabase drops its tables and sequences, in the order of their names, and forgets its
// default.
func (f *folder) dropDatabase(name string) {
	id := f.tracker.stored(ID{Database: name})
	for _, tb := range f.tracker.Versions() {
		if tb.ID.Database == id.Database && !tb.ID.IsDatabase() {
			f.drop(tb.ID)
		}
	}
	f.tables[id] = nil
	f.changes = append(f.changes, Change{Kind: DatabaseChanged, ID: id, Table: &Table{ID: id, Dropped: true}})
}
