package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// note is what was taken out of a column definition, or out of ALTER COLUMN.
type note struct {
	// column holds type, length, scale, members, flags, default, SRID and
	// visibility.
	column  Column
	charset charsetClause
	// nullWritten tells that NULL or NOT NULL stands in the definition.
	nullWritten bool
	serial      bool // NOT NULL AUTO_INCREMENT UNIQUE
	rowTime     bool // GENERATED ALWAYS AS ROW, which is NOT NULL
	visibility  bool // ALTER COLUMN SET VISIBLE or INVISIBLE, and no default
}

// column rewrites a column definition: a name and what follows up to the next
// comma.
func (r *rewriter) column(tokens []token) error {
	if len(tokens) == 0 || !tokens[0].isName() {
		return errSyntax
	}
	name := tokens[0].text
	r.raw(QuoteName(name))
	var n note
	used, err := readType(&n.column, tokens[1:], r.mode)
	if err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	kept := n.attributes(tokens[1+used:])
	r.raw("int COMMENT " + r.note(n))
	if r.notes[len(r.notes)-1].serial {
		r.raw("NOT NULL AUTO_INCREMENT UNIQUE")
	}
	r.put(kept...)
	return nil
}

// attributes takes what the rules name out of the attributes of a column and
// returns the others.
func (n *note) attributes(tokens []token) []token {
	n.implied()
	var kept []token
	for len(tokens) > 0 {
		if used := n.attribute(tokens); used > 0 {
			tokens = tokens[min(used, len(tokens)):]
			continue
		}
		used := keptLen(tokens)
		kept = append(kept, tokens[:used]...)
		tokens = tokens[used:]
		if size := parens(tokens); size > 0 && kept[len(kept)-1].any("AS", "CHECK") {
			kept = append(kept, one...)
			tokens = tokens[size:]
		}
	}
	return kept
}

// keptLen returns how many tokens the attribute has that is not taken out: the
// names in it may look like keywords.
func keptLen(tokens []token) int {
	n := 1
	if tokens[0].any("AFTER", "CONSTRAINT", "REFERENCES") && !words(tokens[1:], "CHECK") {
		n += max(nameLen(tokens[1:]), min(1, len(tokens)-1))
	}
	return n
}

// one is the expression that stands for any other.
var one = []token{{kind: tokenOp, text: "("}, {kind: tokenNumber, text: "1"}, {kind: tokenOp, text: ")"}}

// implied sets what the name of the type says beside the type.
func (n *note) implied() {
	c := &n.column
	if c.TypeText == "SERIAL" {
		c.Unsigned, n.serial = true, true
	}
	if strings.HasPrefix(c.TypeText, "N") && c.Type.isCharacter() {
		n.charset.charset = "utf8mb3" // NATIONAL, NCHAR, NVARCHAR
	}
}

// attribute reads one attribute that is taken out and returns the number of its
// tokens; 0 leaves the first token where it is.
func (n *note) attribute(tokens []token) int {
	c := &n.column
	if used := n.charset.read(tokens); used > 0 {
		return used
	}
	if used := n.charsetWord(tokens); used > 0 {
		return used
	}
	switch {
	case words(tokens, "DEFAULT"):
		return 1 + c.Default.read(tokens[1:])
	case words(tokens, "ON"):
		return n.on(tokens)
	case words(tokens, "SERIAL", "DEFAULT", "VALUE"):
		n.serial = true
		return 3
	case words(tokens, "UNSIGNED"):
		c.Unsigned = true
	case words(tokens, "ZEROFILL"):
		c.Zerofill, c.Unsigned = true, true
	case words(tokens, "SIGNED"), words(tokens, "VISIBLE"):
	case words(tokens, "INVISIBLE"):
		c.Invisible = true
	case words(tokens, "COMMENT") && len(tokens) > 1:
		c.Comment = tokens[1].text // as it is written: Debezium takes off the outer quotes and no more
		c.EmptyComment = c.Comment == ""
		return 2
	case words(tokens, "SRID"), words(tokens, "REF_SYSTEM_ID"):
		return n.srid(tokens)
	case words(tokens, "NULL"):
		n.nullWritten = true
		return 0
	default:
		return n.engineAttribute(tokens)
	}
	return 1
}

// on reads ON UPDATE CURRENT_TIMESTAMP, and what a foreign key does on a change.
func (n *note) on(tokens []token) int {
	if len(tokens) < 3 || !tokens[1].any("UPDATE", "DELETE") {
		return 0
	}
	if now := nowLen(tokens[2:]); now > 0 {
		n.column.OnUpdate = true
		return 2 + now
	}
	if tokens[2].any("SET", "NO") {
		return 4
	}
	return 3
}

// charsetWord reads the short forms of a character set.
func (n *note) charsetWord(tokens []token) int {
	c := &n.column
	if !c.Type.isCharacter() {
		return 0
	}
	switch {
	case words(tokens, "ASCII"):
		n.charset.charset = "latin1"
	case words(tokens, "UNICODE"):
		n.charset.charset = "ucs2"
	case words(tokens, "BYTE"):
		n.charset.charset = "binary"
	case words(tokens, "BINARY"):
		n.charset.collation = "bin"
	default:
		return 0
	}
	return 1
}

func (n *note) srid(tokens []token) int {
	i := 1
	if len(tokens) > 1 && tokens[1].is("=") {
		i = 2
	}
	if i >= len(tokens) {
		return 0
	}
	id, err := strconv.ParseUint(tokens[i].text, 10, 32)
	if err != nil {
		return 0
	}
	n.column.SRID = uint32(id)
	return i + 1
}

// engineAttribute reads what says nothing of the column's values.
func (n *note) engineAttribute(tokens []token) int {
	switch {
	case words(tokens, "GENERATED", "ALWAYS", "AS", "ROW"):
		n.column.Generated, n.rowTime = true, true
		return 5 // START or END
	case words(tokens, "PERSISTENT"), words(tokens, "STORED"), words(tokens, "VIRTUAL"):
		n.column.Generated = true
		return 1
	case words(tokens, "WITHOUT", "SYSTEM", "VERSIONING"), words(tokens, "WITH", "SYSTEM", "VERSIONING"):
		return 3
	case words(tokens, "NOT", "SECONDARY"):
		return 2
	case words(tokens, "COMPRESSED", "="):
		return 3
	case words(tokens, "COMPRESSED"):
		return 1
	}
	return engineOption(tokens)
}
