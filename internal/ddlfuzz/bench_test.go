package ddlfuzz_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// bench is a server and what follows its binlog.
type bench struct {
	server  *mysqltest.Server
	db      *sql.DB
	in      *inspector
	tracker *schema.Tracker
	tail    *binlog.Tailer
	mark    int64
	again   bool     // what runs was counted already
	logged  []string // the DDL that was read last
	counts
}

// counts tell what was done, for rows (true) and DDL (false) apart.
type counts struct {
	sequences, rows   int
	crashes           int // of the server
	accepted, refused map[bool]int
	refusals          map[string]int // by error
}

// itemDeadline bounds the wait for what the server has written already.
const itemDeadline = time.Minute

func newBench(t *testing.T, v mysqltest.Version) *bench {
	t.Helper()
	s := mysqltest.Start(t, v, mysqltest.FullMetadata(), mysqltest.Flags("--innodb-flush-method=nosync", "--sync-binlog=0", "--event-scheduler=OFF"))
	b := &bench{server: s, db: s.DB(t), counts: counts{accepted: map[bool]int{}, refused: map[bool]int{}, refusals: map[string]int{}}}
	b.in = &inspector{conn: b.connect(t), maria: s.Flavor == mysqltest.MariaDB}
	t.Cleanup(func() { _ = b.in.conn.Close() })
	s.Exec(t, "CREATE DATABASE done", "CREATE TABLE done.mark (n BIGINT PRIMARY KEY)")
	b.restart(t)
	return b
}

// connect opens a connection for a sequence.
func (b *bench) connect(t *testing.T) *sql.Conn {
	t.Helper()
	conn, err := b.db.Conn(t.Context())
	if err == nil {
		_, err = conn.ExecContext(t.Context(), "SET SESSION time_zone='+00:00', sql_mode=''")
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// restart reads the tables and follows the binlog from its present end.
func (b *bench) restart(t *testing.T) {
	t.Helper()
	if b.tail != nil {
		_ = b.tail.Close()
	}
	for _, name := range databaseNames {
		b.server.Exec(t, "DROP DATABASE IF EXISTS "+backquoted(name))
	}
	b.tracker = b.newTracker()
	if err := schema.Load(t.Context(), b.in, b.tracker); err != nil {
		t.Fatal(err)
	}
	query := "SHOW BINARY LOG STATUS"
	if b.in.maria {
		query = "SHOW MASTER STATUS"
	}
	row := b.in.rows(t, query)[0]
	start := event.Position{Flavor: event.Flavor(b.server.Flavor), File: row[0].String}
	if _, err := fmt.Sscan(row[1].String, &start.Offset); err != nil {
		t.Fatal(err)
	}
	tail, err := binlog.Open(t.Context(), binlog.Config{
		Flavor: event.Flavor(b.server.Flavor), Host: b.server.Host, Port: uint16(b.server.Port), User: b.server.User, Password: b.server.Password,
		ServerID: 77, Start: start, Tables: b.tracker, Parts: true, Capture: func(schema.ID) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.tail = tail
	t.Cleanup(func() { _ = tail.Close() })
}

func (b *bench) newTracker() *schema.Tracker {
	flavor := schema.FlavorMySQL
	if b.in.maria {
		flavor = schema.FlavorMariaDB
	}
	return schema.New(schema.WithFlavor(flavor))
}

// play runs a sequence and returns what it ran, up to the first difference.
func (b *bench) play(t *testing.T, next source) (list []batch, err error) {
	t.Helper()
	conn := b.connect(t)
	defer discard(conn)
	defer func() {
		switch p := recover().(type) {
		case nil:
		case serverError:
			err = p
		default:
			panic(p)
		}
	}()
	st := b.in.state(t)
	var before content
	settings := ""
	for {
		batch, ok := next(st)
		if !ok {
			return list, nil
		}
		list = append(list, batch)
		for _, s := range batch.stmts {
			b.run(t, conn, s, batch.rows, &settings)
		}
		st = b.in.state(t)
		changes, err := b.read(t, st)
		if err == nil && !batch.rows {
			err = b.compareTables(t, st)
		}
		if err != nil {
			return list, err
		}
		after := b.content(t, st)
		if err := before.compare(st, changes, after, batch.rows); err != nil {
			return list, err
		}
		before = after
	}
}

// revive starts the server again, which a statement brought down.
func (b *bench) revive(t *testing.T) {
	t.Helper()
	_ = b.server.Kill() // it may be about to end
	if err := b.server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	discard(b.in.conn)
	b.in.conn = b.connect(t)
	b.restart(t)
}

// discard closes the connection itself, with its temporary tables.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

// run runs a statement; one that the server refuses is counted.
func (b *bench) run(t *testing.T, conn *sql.Conn, s stmt, rows bool, settings *string) {
	t.Helper()
	exec := func(text string) error {
		_, err := conn.ExecContext(t.Context(), text)
		return err
	}
	var err error
	if s.settings != *settings {
		if err := exec("SET SESSION " + s.settings); err != nil {
			panic(serverError{"SET SESSION " + s.settings, err})
		}
		*settings = s.settings
	}
	if s.use != "" {
		err = exec("USE " + backquoted(s.use)) // each time: it may have been dropped in between
	}
	if err == nil {
		err = exec(s.text)
	}
	var refusal *mysql.MySQLError
	switch {
	case err == nil && b.again, errors.As(err, &refusal) && b.again:
	case err == nil:
		b.accepted[rows]++
	case errors.As(err, &refusal):
		b.refused[rows]++
		b.refusals[fmt.Sprintf("rows=%t %d %.160s", rows, refusal.Number, refusal.Message)]++
		if testing.Verbose() && refusal.Number == 1064 {
			t.Logf("%s\n%s", refusal.Message, s.text)
		}
	default:
		panic(serverError{s.text, err})
	}
}

// logRefusals says why statements were refused.
func (b *bench) logRefusals(t *testing.T) {
	t.Helper()
	byNumber, samples := map[string]int{}, map[string]string{}
	for text, n := range b.refusals {
		number := strings.Join(strings.Fields(text)[:2], " ")
		byNumber[number] += n
		samples[number] = text
	}
	for _, k := range slices.SortedFunc(maps.Keys(byNumber), func(a, c string) int { return byNumber[c] - byNumber[a] }) {
		t.Logf("refused %d times: %s", byNumber[k], samples[k])
	}
}

// change is a row before and after, in the text form; nil for none.
type change struct {
	table         key
	before, after []string
}

// read decodes all that the binlog has by now.
func (b *bench) read(t *testing.T, st *state) ([]change, error) {
	t.Helper()
	b.mark++
	if _, err := b.in.conn.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO done.mark VALUES (%d)", b.mark)); err != nil {
		panic(serverError{"INSERT INTO done.mark", err})
	}
	ctx, cancel := context.WithTimeout(t.Context(), itemDeadline)
	defer cancel()
	var out []change
	b.logged = nil
	for {
		item, err := b.tail.Next(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the binlog: %w", err)
		}
		if ddl, ok := item.(event.DDL); ok {
			b.logged = append(b.logged, ddl.Text)
		}
		rows, ok := item.(*event.Rows)
		if !ok {
			continue
		}
		if rows.Table.ID.Database == "done" {
			return out, nil
		}
		changes, err := decodeRows(rows, st)
		if err != nil {
			return nil, err
		}
		b.rows += len(changes)
		out = append(out, changes...)
	}
}

func decodeRows(rows *event.Rows, st *state) (out []change, err error) {
	k := key{rows.Table.ID.Database, rows.Table.ID.Name}
	is := st.table(k)
	if is == nil || len(is.columns) != len(rows.Table.Columns) {
		return nil, fmt.Errorf("rows of %s, of which the server has no table like that", rows.Table.ID)
	}
	n := len(rows.Table.Columns)
	before, after := make([]event.Value, n), make([]event.Value, n)
	for {
		ok, err := rows.Next(before, after)
		if err != nil {
			return nil, fmt.Errorf("decode a row of %s: %w", rows.Table.ID, err)
		}
		if !ok {
			return out, nil
		}
		c := change{table: k}
		if rows.Op != event.Create {
			c.before = decodedRow(before, rows.Table, is)
		}
		if rows.Op != event.Delete {
			c.after = decodedRow(after, rows.Table, is)
		}
		out = append(out, c)
	}
}

func decodedRow(row []event.Value, tb *schema.Table, is *table) []string {
	out := make([]string, len(row))
	for i := range row {
		out[i] = decoded(&row[i], &tb.Columns[i], &is.columns[i])
	}
	return out
}

func (s *state) table(k key) *table {
	i := slices.IndexFunc(s.tables, func(t *table) bool { return t.key() == k })
	if i < 0 {
		return nil
	}
	return s.tables[i]
}
