package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// A version that begins inside of a transaction is stored before its rows are
// handed on, and is what the state behind them names.
func TestPipeline_StoresWhatIsAdopted(t *testing.T) {
	tb := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Version: 7}
	txn := &event.Txn{GTID: "g:1"}
	out := &recorder{}
	p := newPipeline(t, &scripted{items: []event.Item{
		event.Begin{Txn: txn},
		event.DDL{Meta: event.Meta{Txn: txn}, Changes: []schema.Change{{Kind: schema.Created, ID: tb.ID, Table: tb, Version: 7}}},
		&event.Rows{Table: tb, Size: 10, Meta: event.Meta{Pos: 1, Txn: txn}},
		event.Commit{Position: event.Position{File: "f", Offset: 1}},
	}}, out, numbered{}, 1<<20)
	var kept []*schema.Table
	p.keep = func(_ context.Context, tables []*schema.Table) error {
		if len(out.seen) > 0 {
			t.Error("rows were handed on before")
		}
		kept = append(kept, tables...)
		return nil
	}
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	out.checkOrder(t)
	if len(kept) != 1 || kept[0] != tb || len(out.commits) != 1 || out.commits[0].Schema != 7 {
		t.Errorf("kept %v, commits %+v", kept, out.commits)
	}
}

// What no server can help with ends the connector with the command that does.
func TestDefine_NobodyAsked(t *testing.T) {
	id := schema.ID{Database: "d", Name: "t"}
	rows := &binlog.UnreadError{Group: "g:7", Table: id, Map: &schema.TableMap{}, Err: schema.ErrMismatch}
	f := func(what string, c *Connector, err error, parts ...string) {
		t.Helper()
		got := c.define(t.Context(), fmt.Errorf("binlog f.1:4: %w", err))
		if !errors.Is(got, err) || errors.Is(got, errAsked) {
			t.Errorf("%s: %v", what, got)
		}
		for _, p := range parts {
			if !strings.Contains(got.Error(), p) {
				t.Errorf("%s: %q is not in %v", what, p, got)
			}
		}
		if len(parts) == 0 && got.Error() != "binlog f.1:4: "+err.Error() {
			t.Errorf("%s: %v", what, got)
		}
	}
	plain := func() *Connector { return New(Config{Name: "shop"}, Deps{}) }
	f("another error", plain(), errSilent)
	f("rows as text", plain(), &binlog.UnreadError{Group: "g:7", Err: schema.ErrRows})
	f("a statement", plain(), &binlog.UnreadError{Group: "g:7", Err: schema.ErrDDL},
		"binlog f.1:4", "not certain", "cdcd schema set --connector shop --table DB.TABLE --from g:7 --file definition.sql")
	given := plain()
	given.given = []*schema.Table{{ID: id, From: "g:7"}}
	f("given already", given, rows, "the definition that was given for it from transaction g:7 on")
	f("cdcd tail", New(Config{}, Deps{Earliest: true}), rows)
}

// unreadIn reads a database from a position on, and returns where a table is met
// that is not known.
func unreadIn(t *testing.T, cfg Config, from ServerInfo, database string) *binlog.UnreadError {
	t.Helper()
	nothing := schema.New(schema.WithFilter(func(schema.ID) bool { return false }))
	tail, err := binlog.Open(t.Context(), binlog.Config{
		Flavor: cfg.Flavor, Host: cfg.Host, Port: cfg.Port, User: cfg.User, Password: cfg.Password.Reveal(), ServerID: cfg.ServerID,
		Start: from.Position, Server: from.ServerID, Tables: nothing, Capture: func(id schema.ID) bool { return id.Database == database },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tail.Close() }()
	for {
		_, err := tail.Next(t.Context())
		if u, ok := errors.AsType[*binlog.UnreadError](err); ok {
			return u
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A definition that the server has now is taken for rows that it is proven for: by
// their full metadata, or by the binlog behind them.
func TestProve(t *testing.T) {
	for _, metadata := range []string{"MINIMAL", "FULL"} {
		t.Run(metadata, func(t *testing.T) {
			server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--binlog-row-metadata="+metadata))
			full := metadata == "FULL"
			const no = ""
			shape := "without binlog_row_metadata=FULL their shape alone proves nothing"
			if full {
				shape = no
			}
			testProof(t, server, "nothing behind", no)
			testProof(t, server, "rows and other tables behind", no,
				"INSERT INTO t VALUES (2,'b')", "CREATE TABLE u (id INT)", "ALTER TABLE u ADD x INT", "CREATE VIEW v AS SELECT * FROM t", "TRUNCATE t")
			testProof(t, server, "same shape behind", shape, "ALTER TABLE t COMMENT 'x'")
			testProof(t, server, "default of the database behind", shape, "ALTER DATABASE CHARACTER SET latin1")
			testProof(t, server, "another shape behind", "the rows do not match", "ALTER TABLE t ADD x INT")
			renamed := "its name is s"
			if !full {
				renamed = "ALTER TABLE"
			}
			testProof(t, server, "renamed column behind", renamed, "ALTER TABLE t RENAME COLUMN s TO r")
			testProof(t, server, "gone", "doesn't exist", "DROP TABLE t")
			testProof(t, server, "gone with its database", "Unknown database",
				"SET @s = CONCAT('DROP DATABASE ', DATABASE())", "PREPARE s FROM @s", "EXECUTE s")
		})
	}
}

// testProof inserts into a table and runs statements behind that; the doubt about
// the table holds the given text, or there is none.
func testProof(t *testing.T, server *mysqltest.Server, what, doubt string, behind ...string) {
	t.Helper()
	name := server.Database(t)
	cfg := serverConfig(server)
	srv := open(t, cfg)
	from, err := srv.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.Exec(t, append([]string{"USE " + name, "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20))", "INSERT INTO t VALUES (1,'a')"}, behind...)...)
	u := unreadIn(t, cfg, from, name)
	got, why, err := New(cfg, Deps{}).prove(t.Context(), u)
	switch {
	case err != nil:
		t.Errorf("%s: %v", what, err)
	case doubt == "" && (why != nil || got == nil || len(got.Columns) != 2):
		t.Errorf("%s: %v, %v", what, got, why)
	case doubt != "" && (why == nil || !strings.Contains(why.Error(), doubt)):
		t.Errorf("%s: %v, want %s", what, why, doubt)
	}
}
