package schema

import "strings"

// kind is what a statement is about, as far as its first words tell.
type kind uint8

const (
	unknownKind kind = iota
	noShape          // known, and changes no table's shape
	changesRows      // a change of rows, logged as a statement
	createTable
	alterTable
	dropTable
	renameTable
	truncateTable
	createIndex
	dropIndex
	createDatabase
	alterDatabase
	dropDatabase
	createSequence // MariaDB
	dropSequence
)

// String returns the words for errors.
func (k kind) String() string {
	return [...]string{
		"statement", "statement", "change of rows", "CREATE TABLE", "ALTER TABLE", "DROP TABLE", "RENAME TABLE",
		"TRUNCATE TABLE", "CREATE INDEX", "DROP INDEX", "CREATE DATABASE", "ALTER DATABASE", "DROP DATABASE",
		"CREATE SEQUENCE", "DROP SEQUENCE",
	}[k]
}

// verbs are the first words of statements that are known without a second one.
var verbs = map[string]kind{
	"TRUNCATE": truncateTable,
	"INSERT":   changesRows, "UPDATE": changesRows, "DELETE": changesRows, "REPLACE": changesRows,
	"SELECT": changesRows, "WITH": changesRows, "DO": changesRows, "CALL": changesRows,
	"USE": noShape, "SET": noShape, "FLUSH": noShape, "ANALYZE": noShape, "OPTIMIZE": noShape, "REPAIR": noShape,
	"CHECK": noShape, "CHECKSUM": noShape, "GRANT": noShape, "REVOKE": noShape, "SAVEPOINT": noShape,
	"RELEASE": noShape, "ROLLBACK": noShape, "COMMIT": noShape, "BEGIN": noShape, "START": noShape, "XA": noShape,
	"INSTALL": noShape, "UNINSTALL": noShape, "LOCK": noShape, "UNLOCK": noShape, "KILL": noShape, "PURGE": noShape,
	"RESET": noShape, "CHANGE": noShape, "STOP": noShape, "CACHE": noShape, "SHOW": noShape, "BACKUP": noShape,
	"RESTART": noShape, "SHUTDOWN": noShape, "DELIMITER": noShape, "BINLOG": noShape, "HANDLER": noShape,
}

// objects are what CREATE, ALTER and DROP are about. The first of these words
// in a statement counts; before it stand modifiers such as DEFINER.
var objects = map[string][3]kind{
	"TABLE": {createTable, alterTable, dropTable}, "TABLES": {unknownKind, unknownKind, dropTable},
	"INDEX": {createIndex, unknownKind, dropIndex}, "KEY": {createIndex, unknownKind, dropIndex},
	"SEQUENCE": {createSequence, noShape, dropSequence},
	"DATABASE": {createDatabase, alterDatabase, dropDatabase}, "SCHEMA": {createDatabase, alterDatabase, dropDatabase},
}

// shapeless are the objects that have nothing to do with tables.
var shapeless = strings.Fields(`VIEW TRIGGER PROCEDURE FUNCTION EVENT USER ROLE SERVER TABLESPACE LOGFILE
	PACKAGE REFERENCE RESOURCE INSTANCE LIBRARY`)

// classify tells what the statement in tokens is; its first words are enough.
func classify(tokens []token) kind {
	if len(tokens) == 0 {
		return noShape // comments only
	}
	if k, ok := verbs[strings.ToUpper(tokens[0].text)]; ok && tokens[0].kind == tokenWord {
		return k
	}
	switch {
	case words(tokens, "RENAME"):
		return classifyRename(tokens[1:])
	case words(tokens, "CREATE"):
		return classifyObject(tokens[1:], 0)
	case words(tokens, "ALTER"):
		return classifyObject(tokens[1:], 1)
	case words(tokens, "DROP"):
		return classifyObject(tokens[1:], 2)
	}
	return unknownKind
}

func classifyRename(tokens []token) kind {
	switch {
	case words(tokens, "TABLE"), words(tokens, "TABLES"):
		return renameTable
	case words(tokens, "USER"):
		return noShape
	}
	return unknownKind
}

// classifyObject finds the object of a statement with the verb given.
func classifyObject(tokens []token, verb int) kind {
	for i, t := range tokens {
		if t.kind != tokenWord {
			continue
		}
		if t.any(shapeless...) {
			return noShape
		}
		if kinds, ok := objects[strings.ToUpper(t.text)]; ok {
			if i > 0 && tokens[i-1].is("TEMPORARY") {
				return noShape
			}
			return kinds[verb]
		}
	}
	return unknownKind
}

// classified is how many tokens classify looks at.
const classified = 24

// read cuts a statement into tokens and tells what it is. Of a statement that
// changes no shape there are only the first tokens.
func read(d DDL, flavor Flavor) (kind, []token) {
	l := lexer{rest: d.Statement, mode: d.SQLMode, flavor: flavor}
	head := afterSetStatement(l)
	l = head
	first := make([]token, 0, classified)
	for t := l.next(); t.kind != tokenEnd && len(first) < classified; t = l.next() {
		first = append(first, t)
	}
	k := classify(first)
	if k == noShape || k == changesRows || k == unknownKind {
		return k, first
	}
	return k, head.tokens()
}

// afterSetStatement passes over MariaDB's SET STATEMENT … FOR.
func afterSetStatement(l lexer) lexer {
	before := l
	if !l.next().is("SET") || !l.next().is("STATEMENT") {
		return before
	}
	for t := l.next(); t.kind != tokenEnd; t = l.next() {
		if t.is("FOR") {
			return l
		}
	}
	return before
}
