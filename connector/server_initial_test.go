package connector

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSplitStatements(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if got := splitStatements(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f("")
	f(" ; \n;")
	f("SET a=1", "SET a=1")
	f(" SET a=1 ; SET b='x' ;", "SET a=1", "SET b='x'")
	f("SET a='x;;y'; SET b=2", "SET a='x;y'", "SET b=2")
	f("SET a=1;;", "SET a=1;")
	f("SET a=';;;'", "SET a=';", "'") // as Debezium reads it: the pair first
}

// testInitial: the statements run on every connection for statements, what reads
// definitions is neutral all the same, and heartbeat.action.query finds what they set.
func testInitial(t *testing.T, cfg Config) {
	t.Helper()
	cfg.InitialStatements = splitStatements("SET SESSION sql_mode='ANSI_QUOTES'; SET @a = 'x;;y'; SET NAMES latin1; SELECT 1;")
	s := open(t, cfg)
	f := func(s *Server, query, want string) {
		t.Helper()
		rows, err := s.Query(t.Context(), query)
		if err != nil || len(rows) != 1 || rows[0][0].String != want {
			t.Errorf("%s: %v, %v, want %s", query, rows, err, want)
		}
	}
	f(s, "SELECT @a", "x;y")
	f(s, "SELECT @@sql_mode", "")
	f(s, "SELECT @@character_set_results", "utf8mb4")
	cfg.Heartbeat.Query = "SET @b = (SELECT CONCAT(@@sql_mode, @a))"
	beat := &statement{cfg: cfg}
	defer beat.close()
	if err := beat.execute(t.Context()); err != nil {
		t.Fatal(err)
	}
	f(beat.srv, "SELECT @b", "ANSI_QUOTESx;y")
	if _, err := beat.srv.Query(t.Context(), "DO 1; DO 2"); err == nil {
		t.Error("a user's statement may be several")
	}
}

// testInitialRefused: a statement that cannot succeed is named by its number, and
// nothing of its text gets out.
func testInitialRefused(t *testing.T, cfg Config) {
	t.Helper()
	for _, wrong := range []string{"SET SESSION sql_mode='s3cret'", "SELEKT 's3cret'", "SET SESSION s3cret=1", "USE s3cret", "DELETE FROM mysql.s3cret"} {
		cfg.InitialStatements = []string{"DO 1", wrong}
		s, err := Dial(t.Context(), cfg)
		if err == nil {
			_ = s.Close()
			t.Fatal("accepted")
		}
		if class, again := classify(err); !errors.Is(err, ErrInitial) || class != "fatal" || again {
			t.Errorf("%v is %s, tried again: %v", err, class, again)
		}
		if text := err.Error(); strings.Contains(text, "s3cret") || !strings.Contains(text, "number 2 of 2 (error 1") {
			t.Errorf("got %s", text)
		}
	}
}
