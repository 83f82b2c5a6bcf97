package checker

import (
	"bytes"
	"fmt"
)

// rowReader reads the lines of one row event's row:
//
//	UPDATE `d`.`t`
//	WHERE
//	  @1=1 /* INT meta=0 nullable=0 is_null=0 */
//	SET
//	  @1=2 /* INT meta=0 nullable=0 is_null=0 */
type rowReader struct {
	mysql   bool
	image   *image
	layouts map[string]int16
	tables  []Table

	change   change
	captured bool // a row is being read, and it is wanted
	section  byte // 'b'efore, 'a'fter, or none yet
	kinds    []byte
}

func (r *rowReader) begin(table int16, op operation, captured bool) {
	r.change, r.captured, r.section = change{table: table, op: op}, captured, 0
	r.image.reset()
}

// line takes WHERE, SET or a column.
func (r *rowReader) line(line []byte) error {
	switch {
	case !r.captured:
		return nil
	case bytes.Equal(line, []byte("WHERE")):
		r.turn('b')
		return nil
	case bytes.Equal(line, []byte("SET")):
		r.turn('a')
		return nil
	}
	_, value, ok := bytes.Cut(line, []byte("="))
	i := bytes.LastIndex(value, []byte(" /* "))
	if !ok || i < 0 || r.section == 0 || !bytes.HasPrefix(line, []byte("  @")) {
		return fmt.Errorf("line of a row not understood: %.80q", line)
	}
	r.column(value[:i], columnKind(value[i+4:]))
	return nil
}

// turn ends one image and begins the next.
func (r *rowReader) turn(section byte) {
	r.store()
	r.section, r.kinds = section, r.kinds[:0]
	r.image.reset()
}

func (r *rowReader) store() {
	switch r.section {
	case 'b':
		r.change.before = r.image.sum()
	case 'a':
		r.change.after = r.image.sum()
	}
}

// column adds a value: NULL, -1 (4294967295), or a string in quotes, in which
// the program of MariaDB does not escape quotes.
func (r *rowReader) column(value []byte, k kind) {
	if known := r.tables[r.change.table].layout; r.image.columns < len(known) && known.kind(r.image.columns) == skipped {
		k = skipped // binary, which is printed as text
	}
	r.kinds = append(r.kinds, byte(k))
	switch {
	case bytes.Equal(value, []byte("NULL")):
		r.image.null(k)
	case k == text && len(value) >= 2 && value[0] == '\'':
		r.image.text(k, unquote(value[1:len(value)-1], r.mysql))
	default:
		value, _, _ = bytes.Cut(value, []byte(" ("))
		r.image.number(k, value)
	}
}

// finish returns the row that was read, if one was.
func (r *rowReader) finish() (change, layout, bool) {
	if !r.captured || r.section == 0 {
		return change{}, "", false
	}
	r.store()
	r.captured = false
	return r.change, layout(r.kinds), true
}

// number is source.layoutOf, quickly.
func (r *rowReader) number(l layout, s *source) int16 {
	n, ok := r.layouts[string(l)]
	if !ok {
		n = s.layoutOf(l)
		r.layouts[string(l)] = n
	}
	return n
}

// columnKind reads a type as it is printed, "VARSTRING(240) meta=240 …".
func columnKind(comment []byte) kind {
	if i := bytes.IndexAny(comment, "( "); i >= 0 {
		comment = comment[:i]
	}
	switch string(comment) {
	case "TINYINT":
		return 1
	case "SHORTINT":
		return 2
	case "MEDIUMINT":
		return 3
	case "INT":
		return 4
	case "LONGINT":
		return 8
	case "STRING", "VARSTRING", "TINYBLOB/TINYTEXT", "BLOB/TEXT", "MEDIUMBLOB/MEDIUMTEXT", "LONGBLOB/LONGTEXT":
		return text
	}
	return skipped
}
