package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	chunk  = 32 << 10 // bytes read at once
	queued = 256      // messages under way, per direction of a connection
)

var (
	errMalformed = errors.New("not a Kafka frame")
	errDropped   = errors.New("the frame was dropped")
)

// message is what is delayed, held or swallowed as a whole.
type message struct {
	kind
	bytes []byte
	due   time.Time // zero for at once
}

// splitter reads the next message that goes in a direction of a connection. The
// two directions are read concurrently.
type splitter func(d Direction, from *bufio.Reader) (message, error)

// opaque reads whatever has arrived.
func opaque(d Direction, from *bufio.Reader) (message, error) {
	if _, err := from.Peek(1); err != nil {
		return message{}, err
	}
	b := make([]byte, from.Buffered())
	_, err := io.ReadFull(from, b)
	return message{kind: kind{direction: d}, bytes: b}, err
}

// link is a client's connection and the one to the server that it stands for.
type link struct {
	proxy  *Proxy
	split  splitter
	client net.Conn
	cancel context.CancelFunc
	lossy  bool // guarded by proxy.mu

	mu     sync.Mutex // guards server between dial and close
	server net.Conn   // nil until dialled
}

// run moves bytes until both sides have finished, or until close.
func (l *link) run(ctx context.Context) {
	defer l.close()
	if l.dial(ctx) != nil {
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(ctx, Request, l.client, l.server) })
	pumps.Go(func() { l.pump(ctx, Response, l.server, l.client) })
	pumps.Wait()
}

// dial connects to the server, unless the link is closed before.
func (l *link) dial(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", l.proxy.target)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		_ = c.Close()
		return ctx.Err()
	}
	l.server = c
	return nil
}

// close closes both connections. It may be called again, by anyone.
func (l *link) close() {
	l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// pump moves the messages of one direction. Reading and writing take turns of
// their own, so that delayed messages travel together.
func (l *link) pump(ctx context.Context, d Direction, from, to net.Conn) {
	queue := make(chan message, queued)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(queue)
		l.read(d, from, queue)
	})
	l.write(ctx, d, to, queue)
	// When it is the receiver that went away, the reader is still at work.
	closeRead(from)
	for range queue {
	}
	reading.Wait()
}

// read ends when the sender has finished, or is gone.
func (l *link) read(d Direction, from net.Conn, queue chan<- message) {
	r := bufio.NewReaderSize(from, chunk)
	for {
		m, err := l.split(d, r)
		if errors.Is(err, errMalformed) {
			l.proxy.t.Errorf("proxy for %s: %v", l.proxy.target, err)
		}
		if err != nil {
			return
		}
		m.due = l.proxy.due()
		queue <- m
	}
}

// write ends when the sender has finished, which the receiver is told, or when
// the receiver is gone.
func (l *link) write(ctx context.Context, d Direction, to net.Conn, queue <-chan message) {
	for m := range queue {
		if l.deliver(ctx, m, to) != nil {
			return
		}
	}
	if l.proxy.swallows(l, d) {
		<-ctx.Done()
		return
	}
	closeWrite(to)
}

// deliver writes a message when it may arrive, if it may.
func (l *link) deliver(ctx context.Context, m message, to net.Conn) error {
	if err := until(ctx, m.due); err != nil {
		return err
	}
	if h := l.proxy.holds.take(m.kind); h != nil {
		defer close(h.done)
		if !h.await(ctx) {
			l.close()
			return errDropped
		}
	}
	if l.proxy.swallows(l, m.direction) {
		return nil
	}
	_, err := to.Write(m.bytes)
	return err
}

// until waits for a time, if there is one.
func until(ctx context.Context, due time.Time) error {
	if due.IsZero() {
		return nil
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func closeRead(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.CloseRead()
	}
}

func closeWrite(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
