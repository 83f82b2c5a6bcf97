package connector

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes connections on to a server, and calls a function before each
// statement. Without TLS alone.
type relay struct {
	listener net.Listener
	target   string
	before   func(statement string)
	wg       sync.WaitGroup
	answers  gate

	mu    sync.Mutex // guards target and conns
	conns []net.Conn
}

// divert ends all connections; new ones go to another server.
func (r *relay) divert(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
	for _, c := range r.conns {
		_ = c.Close()
	}
}

func startRelay(t *testing.T, target string, before func(statement string)) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, target: target, before: before}
	r.wg.Go(r.accept)
	t.Cleanup(r.close)
	return r
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
}

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		target := r.target
		r.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, client, server)
		r.mu.Unlock()
		r.wg.Go(func() { _, _ = io.Copy(gated{client, &r.answers}, server); _ = client.Close() })
		r.wg.Go(func() { r.statements(client, server); _ = server.Close() })
	}
}

// gate lets answers pass, or holds them back.
type gate struct {
	mu   sync.Mutex // guards what follows
	left int        // bytes that pass before it is shut
	shut chan struct{}
}

// close holds back what comes behind so many bytes. Who calls open afterwards lets it
// pass.
func (g *gate) close(bytes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.shut = bytes, make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) pass(bytes int) {
	g.mu.Lock()
	shut := g.shut
	if g.left -= bytes; g.left >= 0 {
		shut = nil
	}
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// gated writes when it is let.
type gated struct {
	io.Writer
	*gate
}

func (g gated) Write(b []byte) (int, error) {
	g.pass(len(b))
	return g.Writer.Write(b)
}

// statements passes packets on: three bytes of length, one of number, the payload. A
// statement is packet 0 and begins with comQuery.
func (r *relay) statements(from io.Reader, to io.Writer) {
	const comQuery = 3
	for {
		var head [4]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return
		}
		packet := make([]byte, 4+binary.LittleEndian.Uint32(head[:])&0xffffff)
		copy(packet, head[:])
		if _, err := io.ReadFull(from, packet[4:]); err != nil {
			return
		}
		if head[3] == 0 && len(packet) > 4 && packet[4] == comQuery {
			r.before(string(packet[5:]))
		}
		if _, err := to.Write(packet); err != nil {
			return
		}
	}
}
