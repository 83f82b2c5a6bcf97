package connector

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
)

// places is what a test knows of a server: the end of its binlog and how to ask.
type places struct {
	t   *testing.T
	cfg Config
	end event.Position
}

func (p places) is(text, want string) {
	p.t.Helper()
	got, err := Locate(p.t.Context(), p.cfg, text)
	if err != nil || got.String() != want || got.Server != p.end.Server {
		p.t.Errorf("%s: %+v, %v; want %s of server %s", text, got, err, want, p.end.Server)
	}
}

func (p places) refused(text string, parts ...string) {
	p.t.Helper()
	_, err := Locate(p.t.Context(), p.cfg, text)
	if !errors.Is(err, ErrNoPlace) {
		p.t.Errorf("%s: %v", text, err)
		return
	}
	for _, part := range append(parts, "The server still has") {
		if !strings.Contains(err.Error(), part) {
			p.t.Errorf("%s: %q is not in %v", text, part, err)
		}
	}
}

func placesOf(t *testing.T, server *mysqltest.Server) places {
	t.Helper()
	server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1)")
	cfg := serverConfig(server)
	info, err := open(t, cfg).Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return places{t, cfg, info.Position}
}

// A file and an offset are looked up where the server has no GTIDs.
func TestLocate_WithoutGTIDs(t *testing.T) {
	p := placesOf(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")))
	end := fmt.Sprintf("%s:%d", p.end.File, p.end.Offset)
	p.is(end, end)
	p.is(p.end.File+":4", p.end.File+":4")
	p.refused(p.end.File+":0", "outside of", "begins at 4")
	p.refused(fmt.Sprintf("%s:%d", p.end.File, p.end.Offset+1), "outside of")
	p.refused(fmt.Sprintf("%s:%d", p.end.File, p.end.Offset-1), "no event begins at")
	p.refused("binlog.999999:4", "there is no binlog file binlog.999999")
	p.refused("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5", "gtid_mode is OFF", "give file:offset")
}

// MariaDB says which set belongs to a file and an offset.
func TestLocate_MariaDB(t *testing.T) {
	p := placesOf(t, mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.Own()))
	end := fmt.Sprintf("%s:%d", p.end.File, p.end.Offset)
	p.is(end, p.end.String())
	p.is(p.end.GTIDs.String(), fmt.Sprintf("GTIDs (%s)", p.end.GTIDs))
	p.refused("0-1-999999", "does not have 0-1-999999 yet", "the end of its binlog")
	p.refused("binlog.999999:4", "there is no binlog file")
}

// MySQL with GTIDs has what was not purged.
func TestLocate_Purged(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	p := placesOf(t, server)
	set := p.end.GTIDs.String()
	p.is(set, fmt.Sprintf("GTIDs (%s)", set))
	server.Exec(t, "INSERT INTO d.t VALUES (2)", "FLUSH LOGS", "PURGE BINARY LOGS TO 'binlog.000002'")
	p.refused(set, "it has deleted", "not in the set")
	p.refused("binlog.000002:4", "it has GTIDs", "SHOW BINLOG EVENTS IN 'binlog.000002'")
}
