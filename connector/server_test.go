package connector

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/internal/mysqltest"
)

func serverConfig(s *mysqltest.Server) Config {
	return Config{
		Flavor: event.Flavor(s.Flavor), Host: s.Host, Port: uint16(s.Port), User: s.User, Password: property.NewSecret(s.Password),
		ServerID: 4711, ConnectTimeout: 10 * time.Second, QueryTimeout: time.Minute,
	}
}

// account makes a user with what a connector needs and returns how to log in.
func account(t *testing.T, s *mysqltest.Server, name, clause string) Config {
	t.Helper()
	const password = "it's s3cret"
	s.Exec(t, "CREATE USER "+name+"@'%' IDENTIFIED "+strings.ReplaceAll(clause, "?", "'it''s s3cret'"),
		"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO "+name+"@'%'")
	cfg := serverConfig(s)
	cfg.User, cfg.Password = name, property.NewSecret(password)
	return cfg
}

func open(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestServer_MySQL97(t *testing.T)     { testServer(t, mysqltest.MySQL97) }
func TestServer_MariaDB1011(t *testing.T) { testServer(t, mysqltest.MariaDB1011) }
func TestServer_MySQL56(t *testing.T)     { testServer(t, mysqltest.MySQL56) }
func TestServer_MariaDB114(t *testing.T)  { testServer(t, mysqltest.MariaDB114) }

func testServer(t *testing.T, v mysqltest.Version) {
	t.Helper()
	server := mysqltest.Start(t, v)
	cfg := account(t, server, "cdcd", "BY ?")
	s := open(t, cfg)
	testQuery(t, s)
	testInspect(t, server, s, cfg)
	t.Run("lacking", func(t *testing.T) { testLacking(t, server) })
	t.Run("refused", func(t *testing.T) { testRefused(t, cfg) })
	t.Run("initial", func(t *testing.T) { testInitial(t, cfg) })
	t.Run("initial refused", func(t *testing.T) { testInitialRefused(t, cfg) })
}

func testQuery(t *testing.T, s *Server) {
	t.Helper()
	rows, err := s.Query(t.Context(), "SELECT 1, NULL, '', 'häß 😀', 1.50, CAST(-0.000001 AS DECIMAL(10,6)), 1e100, @@sql_mode")
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }
	want := [][]sql.NullString{{text("1"), {}, text(""), text("häß 😀"), text("1.50"), text("-0.000001"), text("1e100"), text("")}}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("got %v", rows)
	}
	if rows, err := s.Query(t.Context(), "DO 1"); err != nil || rows != nil {
		t.Errorf("a statement without rows: %v, %v", rows, err)
	}
	if _, err := s.Query(t.Context(), "SELECT nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an error of the server: %v", err)
	}
	if _, err := s.Ask(t.Context(), "SELECT 1", "SELECT nothing", "SELECT 3"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an error among several statements: %v", err)
	}
	rows, err = s.Ask(t.Context(), "SELECT 'a;b' UNION SELECT 2", "DO 1", "SELECT 3")
	if want := [][]sql.NullString{{text("a;b")}, {text("2")}, {text("3")}}; err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("several statements: %v, %v", rows, err)
	}
	if rows, err := s.Query(t.Context(), "SELECT 2"); err != nil || rows[0][0].String != "2" {
		t.Errorf("after an error: %v, %v", rows, err)
	}
}

func testInspect(t *testing.T, server *mysqltest.Server, s *Server, cfg Config) {
	t.Helper()
	before, err := s.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before.Flavor != cfg.Flavor || before.Release.Major < 5 || before.ServerID == "" || before.ReplicaID == 0 || !before.LogBin ||
		before.BinlogFormat != "ROW" || before.Position.File == "" || before.Position.Offset == 0 || before.Account != "'cdcd'@'%'" {
		t.Errorf("%+v", before)
	}
	if err := Check(before, cfg); err != nil {
		t.Errorf("a server as it should be: %v", err)
	}
	name := server.Database(t)
	server.Exec(t, "CREATE TABLE "+name+".t (id INT PRIMARY KEY)")
	after, err := s.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Position.String() == before.Position.String() || after.Position.GTIDs == nil && before.Position.GTIDs != nil {
		t.Errorf("the position did not move: %s, %s", before.Position, after.Position)
	}
	other := cfg
	other.ServerID = before.ReplicaID
	if err := Check(before, other); err == nil || !strings.Contains(err.Error(), "own id") {
		t.Errorf("the server's own id: %v", err)
	}
}

// testLacking: an account without rights is inspected, and Check says what to
// grant. What it says is run, and then nothing is lacking.
func testLacking(t *testing.T, server *mysqltest.Server) {
	t.Helper()
	cfg := account(t, server, "poor", "BY ?")
	server.Exec(t, "REVOKE SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* FROM poor@'%'")
	s := open(t, cfg)
	info, err := s.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	grants := 0
	for _, f := range Findings(info, cfg) {
		if f.Fatal {
			grants++
			server.Exec(t, f.Fix)
		}
	}
	if grants != 3 {
		t.Errorf("%d grants are lacking: %v", grants, Check(info, cfg))
	}
	if info, err = open(t, cfg).Inspect(t.Context()); err != nil || Check(info, cfg) != nil {
		t.Errorf("after the fixes: %v, %v", err, Check(info, cfg))
	}
}

func testRefused(t *testing.T, cfg Config) {
	t.Helper()
	f := func(want string, class error, change func(*Config)) {
		t.Helper()
		c := cfg
		change(&c)
		s, err := Dial(t.Context(), c)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || class != nil && !errors.Is(err, class) {
			t.Errorf("got %v, want %q, %v", err, want, class)
		}
		if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "wr0ng")) {
			t.Errorf("the password is in %v", err)
		}
	}
	f("check database.user and database.password", ErrAccess, func(c *Config) { c.Password = property.NewSecret("wr0ng") })
	f("check database.user and database.password", ErrAccess, func(c *Config) { c.User = "nobody" })
	f("check database.hostname", nil, func(c *Config) { c.Host = "no.such.host.invalid" })
	f("connection refused", nil, func(c *Config) { c.Port = 1 })
	f("no answer from the server within 1ns", nil, func(c *Config) { c.ConnectTimeout = time.Nanosecond })
	f("database.ssl.truststore: open", ErrTLS, func(c *Config) { c.TLS = TLS{Mode: TLSVerifyCA, Trust: "/none"} })
}

func TestServer_ContextEndsAStatement(t *testing.T) {
	s := open(t, serverConfig(mysqltest.Start(t, mysqltest.MySQL97)))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := s.Query(ctx, "SELECT SLEEP(20)"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// TestServer_TLS: MySQL makes certificates of its own when it is set up.
func TestServer_TLS(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	cfg := account(t, server, "careful", "BY ? REQUIRE SSL")
	f := func(want string, secure bool, tls TLS) {
		t.Helper()
		c := cfg
		c.TLS = tls
		s, err := Dial(t.Context(), c)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v, want %q", tls, err, want)
			}
			return
		}
		if err != nil {
			t.Errorf("%+v: %v", tls, err)
			return
		}
		defer s.Close()
		rows, err := s.Query(t.Context(), "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
		if err != nil || (rows[0][1].String != "") != secure || (s.TLS() != nil) != secure {
			t.Errorf("%+v: %v, %v", tls, rows, err)
		}
	}
	f("check database.user and database.password", false, TLS{Mode: TLSOff})
	f("", true, TLS{Mode: TLSPreferred})
	f("", true, TLS{Mode: TLSRequired})
	f("check database.ssl.mode, database.ssl.truststore", false, TLS{Mode: TLSVerifyCA})
	f("check database.ssl.mode, database.ssl.truststore", false, TLS{Mode: TLSVerifyFull})
	if ca := serverCA(t, server); ca != "" {
		f("", true, TLS{Mode: TLSVerifyCA, Trust: ca})
		f("check database.ssl.mode, database.ssl.truststore", false, TLS{Mode: TLSVerifyFull, Trust: ca}) // it does not name the host
	}
}

// serverCA finds the file of the server's authority, "" when it runs elsewhere.
func serverCA(t *testing.T, server *mysqltest.Server) string {
	t.Helper()
	var dir, file string
	if err := server.DB(t).QueryRow("SELECT @@datadir, @@ssl_ca").Scan(&dir, &file); err != nil {
		t.Fatal(err)
	}
	if path := filepath.Join(dir, file); file != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

func TestServer_WithoutTLS(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--tls-version="))
	cfg := serverConfig(server)
	cfg.TLS.Mode = TLSPreferred
	if s := open(t, cfg); s.TLS() != nil {
		t.Error("TLS with a server that has none")
	}
	cfg.TLS.Mode = TLSRequired
	if _, err := Dial(t.Context(), cfg); !errors.Is(err, ErrTLS) || !strings.Contains(err.Error(), "the server offers none") {
		t.Errorf("required: %v", err)
	}
}

// TestLogin_KeepsThePasswordFromTheNetwork logs in without TLS as if the
// server were on another machine.
func TestLogin_KeepsThePasswordFromTheNetwork(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	cfg := account(t, server, "remote", "WITH caching_sha2_password BY ?")
	try := func(cfg Config, open bool) error {
		raw, err := net.Dial("tcp", address(cfg))
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		guard := newLoginGuard(raw, cfg, true)
		if !guard.open {
			t.Error("the loopback address counts as a network")
		}
		guard.open = open
		_, err = handshake(t.Context(), cfg, guard, nil, false)
		if guard.refused != (err != nil) {
			t.Errorf("refused %v, error %v", guard.refused, err)
		}
		return err
	}
	if err := try(cfg, false); err == nil {
		t.Error("the server's key was asked for in clear")
	}
	if err := try(cfg, true); err != nil {
		t.Errorf("with leave: %v", err)
	}
	if err := try(cfg, false); err != nil { // the server remembers the account now
		t.Errorf("by scramble: %v", err)
	}
}

func TestLoginGuard(t *testing.T) {
	f := func(payload string, want bool) {
		t.Helper()
		g := &loginGuard{password: []byte("twenty-byte-password")}
		if got := g.scramble(append([]byte{byte(len(payload)), 0, 0, 3}, payload...)); got != want {
			t.Errorf("%q: %v", payload, got)
		}
	}
	f("", true)
	f(strings.Repeat("x", 20), true)
	f(strings.Repeat("x", 32), true)
	f(strings.Repeat("x", 64), true)
	f("\x01", false) // sha256_password asks for the key
	f("\x02", false) // caching_sha2_password asks for the key
	f("twenty-byte-password", false)
	f("twenty-byte-password\x00", false)
	f("short\x00", false)
	f(strings.Repeat("x", 256), false) // encrypted with the key
}

// TestDial_NotAServer: whatever answers, the end is an error.
func TestDial_NotAServer(t *testing.T) {
	f := func(answer string) {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := l.Accept()
			if err == nil {
				_, _ = conn.Write([]byte(answer))
				_ = conn.Close()
			}
		}()
		cfg := Config{Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port), ConnectTimeout: 5 * time.Second}
		if _, err := Dial(t.Context(), cfg); err == nil {
			t.Errorf("%q: accepted", answer)
		}
		_ = l.Close()
		<-done
	}
	f("")
	f("HTTP/1.1 400 Bad Request\r\n\r\n")
	f("\x00\x00\x00\x00")
	f("\x05\x00\x00\x00\x0a8.0.1")
	f("\x02\x00\x00\x00\x0a\x00")
	f("\x17\x00\x00\x00\xff\x69\x04Host is not allowed!!")
}
