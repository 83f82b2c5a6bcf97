package checker

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// parser reads what mysqlbinlog and mariadb-binlog print with
// --base64-output=DECODE-ROWS -vv, one file after the other.
type parser struct {
	out   *source
	mysql bool
	names map[string]int16 // captured tables by "`db`.`name`"
	rows  rowReader

	file     string
	event    string // the type of the event whose body is read
	at       int64  // where it begins
	end      int64  // and ends
	fresh    bool   // the next line begins a statement
	open     *branch
	prepared map[string]*branch // by xid, as it is printed
}

// branch is a group that is not decided.
type branch struct {
	id      txnID
	changes []change
	marks   []mark
}

// mark is a savepoint: how many changes there were.
type mark struct {
	name string
	at   int
}

func newParser(tables []Table, mysql bool, m *image) *parser {
	p := &parser{
		out: newSource(tables), mysql: mysql, names: map[string]int16{},
		rows: rowReader{mysql: mysql, image: m, layouts: map[string]int16{}, tables: tables}, prepared: map[string]*branch{},
	}
	for i, t := range tables {
		p.names[quoteNames(t.Database)+"."+quoteNames(t.Name)] = int16(i)
	}
	return p
}

// read reads the text of one file. A group that is open at its end was cut off
// by a crash of the server, and did not commit.
func (p *parser) read(name string, r io.Reader) error {
	p.file, p.open, p.event = name, nil, ""
	lines := &lineReader{r: bufio.NewReaderSize(r, 1<<20)}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			p.finishRow()
			return nil
		}
		if err == nil {
			err = p.line(line)
		}
		if err != nil {
			return fmt.Errorf("binlog %s at %d: %w", p.file, p.at, err)
		}
	}
}

// lineReader reads lines of any length, without the end of the line.
type lineReader struct {
	r    *bufio.Reader
	long []byte
}

// next returns a line, which is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			l.long = append(l.long, part...)
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(part)+len(l.long) == 0):
			return nil, err
		case len(l.long) > 0:
			part = append(l.long, part...)
			l.long = part
		}
		return bytes.TrimSuffix(part, []byte("\n")), nil
	}
}

func (p *parser) line(line []byte) error {
	switch {
	case bytes.HasPrefix(line, []byte("### ")):
		return p.rowLine(line[4:])
	case bytes.HasPrefix(line, []byte("# at ")):
		p.finishRow()
		p.at, _ = strconv.ParseInt(string(line[5:]), 10, 64)
	case isHeader(line):
		return p.header(line)
	case bytes.HasPrefix(line, []byte("# ")): // a comment, or a statement that made rows
	default:
		fresh := p.fresh
		p.fresh = bytes.HasSuffix(line, []byte("/*!*/;"))
		if fresh && p.hasStatements() {
			return p.statement(string(bytes.TrimSuffix(line, []byte("/*!*/;"))))
		}
	}
	return nil
}

// isHeader recognises "#261125  2:11:25 server id 1  end_log_pos 334 …".
func isHeader(line []byte) bool {
	return len(line) > 7 && line[0] == '#' && line[1] >= '0' && line[1] <= '9' && bytes.Contains(line, []byte(" server id "))
}

// header begins an event. Its type stands behind the first tab.
func (p *parser) header(line []byte) error {
	p.finishRow()
	before, event, _ := strings.Cut(string(line), "\t")
	p.event, p.fresh = event, true
	if _, after, ok := strings.Cut(before, "end_log_pos "); ok {
		end, _, _ := strings.Cut(after, " ")
		p.end, _ = strconv.ParseInt(end, 10, 64)
	}
	switch {
	case strings.HasPrefix(event, "GTID ") && !p.mysql: // "GTID 0-1-7 cid=12 trans"
		id, _, _ := strings.Cut(event[len("GTID "):], " ")
		return p.begin(id)
	case strings.HasPrefix(event, "Anonymous_GTID"):
		return p.begin(p.here())
	}
	return nil
}

func (p *parser) here() string { return p.file + ":" + strconv.FormatInt(p.at, 10) }

// hasStatements tells whether lines of the event are SQL.
func (p *parser) hasStatements() bool {
	for _, event := range []string{"Query", "GTID", "Xid", "XID", "XA"} {
		if strings.HasPrefix(p.event, event) {
			return true
		}
	}
	return false
}

// begin opens a group.
func (p *parser) begin(id string) error {
	if p.open != nil && len(p.open.changes) > 0 {
		return fmt.Errorf("group %s is not ended before the next", p.out.ids.id(p.open.id))
	}
	parsed, err := p.out.ids.parseID(id)
	p.open = &branch{id: parsed}
	return err
}

// statement takes the first line of a statement.
func (p *parser) statement(s string) error {
	verb, rest, _ := strings.Cut(s, " ")
	switch {
	case strings.HasPrefix(s, "SET @@SESSION.GTID_NEXT= '") && strings.HasPrefix(p.event, "GTID\t"):
		return p.begin(strings.TrimSuffix(s[len("SET @@SESSION.GTID_NEXT= '"):], "'"))
	case s == "BEGIN", s == "START TRANSACTION":
		return p.ensure()
	case verb == "XA":
		return p.xa(rest)
	case p.open == nil:
	case s == "COMMIT":
		p.commit(p.open, p.open.id)
	case s == "ROLLBACK":
		p.rollback(p.open, p.open.id)
	case strings.HasPrefix(s, "ROLLBACK TO "):
		return p.open.rewind(rest[len("TO "):])
	case verb == "SAVEPOINT":
		p.open.mark(rest)
	}
	return nil
}

// ensure opens a group where no event has done so: MySQL before 5.7.
func (p *parser) ensure() error {
	if p.open != nil {
		return nil
	}
	return p.begin(p.here())
}

// xa takes a statement behind "XA ".
func (p *parser) xa(rest string) error {
	verb, xid, _ := strings.Cut(rest, " ")
	if err := p.ensure(); err != nil {
		return err
	}
	one, isOne := strings.CutSuffix(xid, " ONE PHASE")
	switch {
	case verb == "PREPARE":
		p.prepared[xid], p.open = p.open, nil
	case verb == "COMMIT" && isOne && p.prepared[one] == nil:
		p.commit(p.open, p.open.id)
	case verb == "COMMIT" || verb == "ROLLBACK":
		return p.decide(verb, one)
	}
	return nil
}

// decide ends a group that was prepared, mostly.
func (p *parser) decide(verb, xid string) error {
	b, end := p.prepared[xid], p.open.id
	if len(p.open.changes) > 0 { // it was not prepared
		b = p.open
	}
	delete(p.prepared, xid)
	p.open = nil
	switch {
	case b == nil: // prepared before the first file
	case verb == "COMMIT":
		p.commit(b, end)
	default:
		p.rollback(b, end)
	}
	return nil
}

func (p *parser) commit(b *branch, end txnID) {
	p.out.commit(b.id, end, place{p.file, p.end}, b.changes)
	p.open = nil
}

// rollback ends a group of which only the changes of tables without transactions
// happened.
func (p *parser) rollback(b *branch, end txnID) {
	had := len(b.changes)
	b.changes = slices.DeleteFunc(b.changes, func(c change) bool { return !p.out.tables[c.table].lasting })
	if len(b.changes) < had {
		p.out.undone[b.id] = true
	}
	p.commit(b, end)
}

func (b *branch) mark(name string) { b.marks = append(b.marks, mark{name, len(b.changes)}) }

// rewind takes back what follows a savepoint. In row format these are changes of
// transactional tables only.
func (b *branch) rewind(name string) error {
	for i, m := range slices.Backward(b.marks) {
		if strings.EqualFold(m.name, name) {
			b.changes, b.marks = b.changes[:m.at], b.marks[:i+1]
			return nil
		}
	}
	return fmt.Errorf("savepoint %s is not known", name)
}

// rowLine takes a line behind "### ".
func (p *parser) rowLine(line []byte) error {
	if table, op, ok := rowBegins(line); ok {
		p.finishRow()
		number, captured := p.names[table]
		p.rows.begin(number, op, captured)
		return nil
	}
	return p.rows.line(line)
}

// rowBegins recognises "INSERT INTO `d`.`t`" and its like.
func rowBegins(line []byte) (table string, op operation, ok bool) {
	for _, verb := range []struct {
		text string
		op   operation
	}{{"INSERT INTO ", insert}, {"UPDATE ", update}, {"DELETE FROM ", remove}} {
		if rest, found := bytes.CutPrefix(line, []byte(verb.text)); found {
			return string(rest), verb.op, true
		}
	}
	return "", 0, false
}

// finishRow adds the row that was read to the open group.
func (p *parser) finishRow() {
	c, l, ok := p.rows.finish()
	if !ok || p.open == nil {
		return
	}
	c.layout = p.rows.number(l, p.out)
	p.open.changes = append(p.open.changes, c)
}
