package proxy_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is how long a test waits for what must come, and silence for what must
// not.
const (
	soon    = time.Minute
	silence = 50 * time.Millisecond
)

// echo starts a server that sends back each line. A client of it is told on the
// channel when the server has seen its end.
func echo(t *testing.T) (addr string, ended <-chan struct{}) {
	t.Helper()
	ln := listen(t)
	ends := make(chan struct{}, 100)
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
				ends <- struct{}{}
			})
		}
	})
	return ln.Addr().String(), ends
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// conn is a client's connection.
type conn struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func dial(t *testing.T, p *proxy.Proxy) *conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	return &conn{TCPConn: c.(*net.TCPConn), t: t, r: bufio.NewReader(c)}
}

func (c *conn) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *conn) receive(want string) {
	c.t.Helper()
	if got, err := c.r.ReadString('\n'); got != want+"\n" {
		c.t.Fatalf("received %q, %v; want %q", got, err, want)
	}
}

func (c *conn) ping(line string) {
	c.t.Helper()
	c.send(line)
	c.receive(line)
}

// wantClosed waits for the end of the connection.
func (c *conn) wantClosed() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("read %q, %v; want the connection closed", b, err)
	}
}

// wantSilence sees nothing come, not even the end.
func (c *conn) wantSilence() {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(silence)); err != nil {
		c.t.Fatal(err)
	}
	if b, err := c.r.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("read %q, %v; want nothing", b, err)
	}
	if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
		c.t.Fatal(err)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	return ctx
}

func wantEnd(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-within(t).Done():
		t.Fatal("the server has not seen the end of the connection")
	}
}

// TestStart_PassesOn sends more than any buffer holds, and then only the end.
func TestStart_PassesOn(t *testing.T) {
	addr, ended := echo(t)
	c := dial(t, proxy.Start(t, addr))
	c.ping("a")
	c.ping(strings.Repeat("b", 1<<20))
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, ended)
	c.wantClosed()
}

func TestCut_RefusesUntilHeal(t *testing.T) {
	addr, ended := echo(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	c.ping("a")
	p.Cut()
	p.Cut()
	c.wantClosed()
	wantEnd(t, ended)
	if refused, err := net.Dial("tcp", p.Addr()); err == nil {
		_ = refused.Close()
		t.Fatal("connected through a cut")
	}
	p.Heal()
	dial(t, p).ping("b")
}

func TestStart_ServerGone(t *testing.T) {
	ln := listen(t)
	p := proxy.Start(t, ln.Addr().String())
	_ = ln.Close()
	dial(t, p).wantClosed()
}

// TestHalfOpen_Request loses what the client says, its end included, while the
// server can still talk; healing ends the connection that lost something and
// leaves the other.
func TestHalfOpen_Request(t *testing.T) {
	addr, ended := echo(t)
	p := proxy.Start(t, addr)
	broken, left, idle := dial(t, p), dial(t, p), dial(t, p)
	for _, c := range []*conn{broken, left, idle} {
		c.ping("a")
	}
	p.HalfOpen(proxy.Request)
	broken.send("lost")
	broken.wantSilence()
	_ = left.Close()
	fresh := dial(t, p)
	fresh.send("lost too")
	fresh.wantSilence()
	select {
	case <-ended:
		t.Fatal("the server saw the end of a connection that is half open")
	default:
	}
	p.Heal()
	broken.wantClosed()
	fresh.wantClosed()
	for range 3 {
		wantEnd(t, ended)
	}
	idle.ping("b")
	dial(t, p).ping("c")
}

// TestHalfOpen_Response loses what the server says: it has heard the client.
func TestHalfOpen_Response(t *testing.T) {
	addr, ended := echo(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	c.ping("a")
	p.HalfOpen(proxy.Response)
	c.send("unanswered")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, ended)
	c.wantSilence()
	p.Heal()
	c.wantClosed()
}

func TestHalfOpen_ThenCut(t *testing.T) {
	addr, ended := echo(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	c.ping("a")
	p.HalfOpen(proxy.Both)
	c.send("lost")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.wantSilence()
	p.Cut()
	c.wantClosed()
	wantEnd(t, ended)
}

// TestDelay_Latency has twenty messages under way at once: each takes twice the
// delay, and all of them hardly longer.
func TestDelay_Latency(t *testing.T) {
	const delay, n = 300 * time.Millisecond, 20
	addr, _ := echo(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	p.Delay(delay)
	began := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := range n {
		c.send(string(rune('a' + i)))
		<-tick.C // so that they are messages of their own
	}
	c.receive("a")
	if took := time.Since(began); took < 2*delay {
		t.Errorf("a round trip took %v", took)
	}
	for i := range n - 1 {
		c.receive(string(rune('b' + i)))
	}
	if took := time.Since(began); took >= n*delay {
		t.Errorf("%d messages took %v", n, took)
	}
	p.Heal()
	began = time.Now()
	c.ping("z")
	if took := time.Since(began); took >= 2*delay {
		t.Errorf("a round trip took %v after Heal", took)
	}
}

// TestDelay_Cut ends a delay that nobody would wait for.
func TestDelay_Cut(t *testing.T) {
	addr, _ := echo(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	c.ping("a")
	p.Delay(24 * time.Hour)
	c.send("late")
	c.wantSilence()
	p.Cut()
	c.wantClosed()
}

// TestStart_MySQL queries a real server, loses it and finds it again.
func TestStart_MySQL(t *testing.T) {
	s := mysqltest.Start(t, mysqltest.MySQL97)
	p := proxy.Start(t, s.Addr())
	config, err := mysql.ParseDSN(s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	config.Addr = p.Addr()
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	if err := db.PingContext(within(t)); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if err := db.PingContext(within(t)); err == nil {
		t.Error("the server answered through a cut")
	}
	p.Heal()
	if err := db.PingContext(within(t)); err != nil {
		t.Error(err)
	}
}
