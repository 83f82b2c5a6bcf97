package proxy

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"cdcd/internal/machine"
)

// Direction is a way that bytes go, or both.
type Direction uint8

// The directions.
const (
	Request  Direction = 1 << iota // from the client to the server
	Response                       // from the server to the client
	Both     = Request | Response
)

// String names the direction in errors.
func (d Direction) String() string {
	switch d {
	case Request:
		return "request"
	case Response:
		return "response"
	case Both:
		return "request or response"
	}
	return "nothing"
}

// Proxy stands between clients and one server. Its methods may be called
// concurrently.
type Proxy struct {
	t       testing.TB
	target  string
	port    *machine.Port
	split   func() splitter // makes the splitter of one connection
	holds   *holds
	running sync.WaitGroup

	mu        sync.Mutex   // guards what follows
	listener  net.Listener // nil while connections are refused
	links     map[*link]struct{}
	swallowed Direction
	delay     time.Duration
}

// Start starts a proxy in front of a server of any protocol, host:port. It ends
// with the test, and so do its connections.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	p := reserve(t, target, func() splitter { return opaque }, &holds{})
	p.Heal()
	return p
}

// reserve makes a proxy that has an address and refuses connections.
func reserve(t testing.TB, target string, split func() splitter, h *holds) *Proxy {
	t.Helper()
	port, err := machine.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, target: target, port: port, split: split, holds: h, links: map[*link]struct{}{}}
	t.Cleanup(p.close)
	return p
}

// Addr is where clients connect, host:port.
func (p *Proxy) Addr() string { return p.port.Addr() }

// Cut closes all connections, and refuses new ones until Heal.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for l := range p.links {
		l.close()
	}
}

// HalfOpen makes what is sent in a direction vanish, in place of the directions
// of earlier calls.
func (p *Proxy) HalfOpen(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallowed = d
}

// Delay makes what is read from now on arrive later by d, in either direction.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Heal ends Cut, HalfOpen and Delay, and closes the connections that lost bytes.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallowed, p.delay = 0, 0
	for l := range p.links {
		if l.lossy {
			l.close()
		}
	}
	if p.listener == nil {
		p.listenLocked()
	}
}

func (p *Proxy) listenLocked() {
	var c net.ListenConfig
	ln, err := c.Listen(context.Background(), "tcp", p.Addr())
	if err != nil {
		p.t.Errorf("proxy for %s: %v", p.target, err)
		return
	}
	p.listener = ln
	p.running.Go(func() { p.accept(ln) })
}

// accept ends when Cut closes the listener.
func (p *Proxy) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		p.admit(ln, c)
	}
}

// admit takes a connection in, unless Cut came between its acceptance and now.
func (p *Proxy) admit(ln net.Listener, client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != ln {
		_ = client.Close()
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{proxy: p, split: p.split(), client: client, cancel: cancel}
	p.links[l] = struct{}{}
	p.running.Go(func() {
		l.run(ctx)
		p.forget(l)
	})
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// due is when a message that was read now is to arrive; zero for at once.
func (p *Proxy) due() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.delay == 0 {
		return time.Time{}
	}
	return time.Now().Add(p.delay)
}

// swallows tells whether what l sends in a direction vanishes. The answer and
// the mark that l lost something are one step, so that no Heal comes between.
func (p *Proxy) swallows(l *link, d Direction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.swallowed&d == 0 {
		return false
	}
	l.lossy = true
	return true
}

// close ends the proxy for good.
func (p *Proxy) close() {
	p.Cut()
	p.running.Wait()
	if err := p.port.Release(); err != nil {
		p.t.Errorf("proxy for %s: %v", p.target, err)
	}
}
