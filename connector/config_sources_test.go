package connector

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

func TestParseConfig_Sources(t *testing.T) {
	const one, two = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "4e11fa47-71ca-11e1-9e33-c80aa9429562"
	f := func(want string, changes ...string) {
		t.Helper()
		s := parsed(t, changes...).Sources
		got := ""
		for _, source := range []string{one, two, "0-1", "5-2"} {
			if !s.set() || s.allow(source) {
				got += source[:1]
			}
		}
		if s.published() == nil {
			got += " rows of all"
		} else if s.published()(one) != s.allow(one) {
			got += " rows of others"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", changes, got, want)
		}
	}
	f("3405 rows of all")
	f("3", "gtid.source.includes", one)
	f("34", "gtid.source.includes", strings.ToUpper(one)+", 4e.*")
	f("405", "gtid.source.excludes", one)
	f("34", "gtid.source.excludes", `\d+-\d+`)
	f("0", "gtid.source.includes", "0-1")
	f("3 rows of all", "gtid.source.includes", one, "gtid.source.filter.dml.events", "false")
	_, _, err := ParseConfig("shop", shop("gtid.source.includes", one, "gtid.source.excludes", two))
	if err == nil || !strings.Contains(err.Error(), "gtid.source.includes: may not be set together with gtid.source.excludes") {
		t.Errorf("got %v", err)
	}
}

// TestTranslate_Sources has a server that took the place of another one, with
// transactions of its own: one that was deleted, one that is still there.
func TestTranslate_Sources(t *testing.T) {
	const local, before = "aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002"
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	write := func(gtid, statement string) []string {
		return []string{"SET GTID_NEXT='" + gtid + "'", statement, "SET GTID_NEXT='AUTOMATIC'"}
	}
	server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
	conn, err := server.DB(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := conn.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	cfg := serverConfig(server)
	run(write(local+":1", "INSERT INTO d.t VALUES (1)")...)
	run("FLUSH LOGS", "INSERT INTO d.t VALUES (2)", "PURGE BINARY LOGS TO 'binlog.000002'")
	rows, err := open(t, cfg).Query(t.Context(), "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '"+local+":1')")
	if err != nil {
		t.Fatal(err)
	}
	own := rows[0][0].String // which were replicated from the other server
	run(write(local+":2", "INSERT INTO d.t VALUES (3)")...)
	run("INSERT INTO d.t VALUES (4)")

	stored := event.Position{Flavor: event.MySQL, Server: "another", File: "binlog.000009", Offset: 7, GTIDs: event.GTIDText(own + "," + before + ":1-9")}
	f := func(sources, rows string, want error, values ...uint64) {
		t.Helper()
		parsed := parsed(t, "gtid.source.excludes", sources, "gtid.source.filter.dml.events", rows)
		cfg.Sources, cfg.Filter = parsed.Sources, parsed.Filter
		c := New(cfg, Deps{Logger: zap.NewNop()})
		srv := open(t, cfg)
		info, err := srv.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pos, err := c.translate(t.Context(), srv, info, stored)
		if err == nil {
			err = c.readAll(t, pos, info, values)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s, %s: %v, want %v", sources, rows, err, want)
		}
	}
	f("", "true", errLags)
	f(before, "true", binlog.ErrPurged)         // local:1 counts, and is gone
	f("aaaaaaaa-.*", "false", binlog.ErrPurged) // its rows would be missing
	f("aaaaaaaa-.*", "true", nil, 4)            // neither of its rows
}

// readAll reads what comes behind pos, and expects inserts with these ids.
func (c *Connector) readAll(t *testing.T, pos event.Position, info ServerInfo, values []uint64) error {
	t.Helper()
	tracker := newTracker(info)
	if _, err := tracker.Apply(schema.DDL{Database: "d", Statement: "CREATE TABLE d.t (id INT PRIMARY KEY)"}); err != nil {
		t.Fatal(err)
	}
	tail, err := binlog.Open(t.Context(), c.tail(&beginning{tables: tracker, state: event.State{Position: pos}, server: info.ServerID}))
	if err != nil {
		return err
	}
	defer func() { _ = tail.Close() }()
	var got []uint64
	for {
		item, err := tail.Next(t.Context())
		if err != nil {
			return err
		}
		if rows, ok := item.(*event.Rows); ok {
			var before, after [1]event.Value
			for more := true; more; {
				if more, err = rows.Next(before[:], after[:]); err != nil {
					return err
				}
				if more {
					got = append(got, after[0].Num)
				}
			}
		}
		if done(item, info.Position) {
			break
		}
	}
	if len(got) != len(values) || len(got) > 0 && got[0] != values[0] {
		t.Errorf("read %v, want %v", got, values)
	}
	return nil
}
