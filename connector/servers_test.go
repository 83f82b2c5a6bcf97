package connector

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

func beside(t *testing.T, cfg Config, srv *Server) Servers {
	t.Helper()
	all, err := Beside(t.Context(), cfg, srv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = all.Close() })
	return all
}

// Answers come in the order of the statements, whichever connection was first.
func TestServers_Order(t *testing.T) {
	cfg := account(t, mysqltest.Start(t, mysqltest.MySQL97), "spread", "BY ?")
	all := beside(t, cfg, open(t, cfg))
	var statements, want, got []string
	for i := range 100 {
		statements = append(statements, fmt.Sprintf("SELECT %d, CONNECTION_ID(), SLEEP(%g)", i, 0.2*float64(max(0, 1-i))))
		want = append(want, fmt.Sprint(i))
	}
	rows, err := all.Ask(t.Context(), statements...)
	if err != nil {
		t.Fatal(err)
	}
	answered := map[string]bool{}
	for _, r := range rows {
		got = append(got, r[0].String)
		answered[r[1].String] = true
	}
	if !reflect.DeepEqual(got, want) || len(all) != 3 || len(answered) < 2 {
		t.Errorf("%d connections, of which %v answered: %v", len(all), answered, got)
	}
	if rows, err := all.Ask(t.Context(), "SELECT 1"); err != nil || len(rows) != 1 {
		t.Errorf("a single statement: %v, %v", rows, err)
	}
	statements[50] = "SELECT nothing"
	if _, err := all.Ask(t.Context(), statements...); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an error among the statements: %v", err)
	}
}

// A caller that ends has every connection end what it asks.
func TestServers_Ends(t *testing.T) {
	cfg := account(t, mysqltest.Start(t, mysqltest.MySQL97), "ending", "BY ?")
	all := beside(t, cfg, open(t, cfg))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	statements := strings.Split(strings.Repeat("SELECT SLEEP(60);", 40), ";")[:40]
	if _, err := all.Ask(ctx, statements...); err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("got %v", err)
	}
}

// What another server says of a table may be older than what was begun with.
func TestBeside_OtherServerNotAsked(t *testing.T) {
	cfg := account(t, mysqltest.Start(t, mysqltest.MySQL97), "besides", "BY ?")
	other := account(t, mysqltest.Start(t, mysqltest.MariaDB1011), "besides", "BY ?")
	if all := beside(t, other, open(t, cfg)); len(all) != 1 {
		t.Errorf("%d connections, of which some are to another server", len(all))
	}
}

// An account that may have one connection still reads its tables.
func TestBeside_AccountOfOneConnection(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	cfg := account(t, server, "alone", "BY ?")
	server.Exec(t, "ALTER USER alone WITH MAX_USER_CONNECTIONS 1")
	all := beside(t, cfg, open(t, cfg))
	if len(all) != 1 {
		t.Errorf("%d connections", len(all))
	}
	if err := schema.Load(t.Context(), all, schema.New()); err != nil {
		t.Error(err)
	}
}
