package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Why two nodes do not talk to each other, beside [ErrInsecure].
var (
	// ErrOtherCluster says that what answers at a node's address belongs to
	// another cluster.
	ErrOtherCluster = errors.New("the address is another cluster's")
	// ErrOtherNode says that what answers at a node's address is another node.
	ErrOtherNode = errors.New("the address is another node's")
	// ErrCertificate says that a certificate is not the node's, not signed by the
	// CA, not valid now, or cannot be read.
	ErrCertificate = errors.New("the certificate is not accepted")
)

const (
	preambleLimit = 2 * time.Second        // for what comes before a connection can be used
	maxPreambles  = 256                    // at once
	maxQueue      = 64                     // connections that wait to be accepted
	dialLimit     = 10 * time.Second       // for a dial whose context has no deadline
	acceptPause   = 100 * time.Millisecond // when the process has no file left for a connection

	tlsHint     = "does only one of the two have cluster.tls?"
	clearRemedy = "set cluster.tls, or cluster.insecure if the network is trusted"
)

// purpose is what a connection is for.
type purpose byte

// The purposes, whose letters are part of the protocol.
const (
	forRaft  purpose = 'R'
	forCalls purpose = 'C'
)

// String names the purpose.
func (p purpose) String() string {
	switch p {
	case forRaft:
		return "raft"
	case forCalls:
		return "calls"
	}
	return fmt.Sprintf("purpose %d", byte(p))
}

func (p purpose) known() bool { return p == forRaft || p == forCalls }

// wireConfig describes the port of a node.
type wireConfig struct {
	Listen   string // host:port; "" for one that only dials
	Cluster  string // name of the cluster
	Node     string // id of this node
	TLS      TLS    // zero: in the clear
	Insecure bool   // in the clear beyond this machine, too
	// Address is the host:port of a node, asked at each dial so that a node may
	// move, and where its certificate does not have its id. It must not wait. The
	// address of this node may be unknown.
	Address func(node string) (string, error)
	// LeftOut tells whether a node must not talk raft with this one. After an error
	// it is refused without a reason, and may ask again.
	LeftOut func(node string) (bool, error)
	Logger  *zap.Logger
}

// wire is the one port of a node: connections from and to other nodes, each for
// one purpose, whose other end is known to be the node that it says it is (in
// the clear: believed). The methods may be called concurrently.
type wire struct {
	cfg         wireConfig
	credentials *credentials              // nil: in the clear
	tcp         net.Listener              // nil where it only dials
	listeners   map[purpose]*wireListener // does not change
	refusals    *zap.Logger               // writes each message once a second
	preambles   chan struct{}             // holds one for each connection in the preamble

	life  context.Context //nolint:containedctx // ended by Close; raft dials without a context
	stop  context.CancelCauseFunc
	tasks sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[*wireConn]struct{}
	ended map[purpose]bool // has no connections any more
}

// openWire listens for other nodes, unless the wire only dials. It refuses, with
// ErrInsecure, to do so in the clear beyond this machine, and, with ErrCertificate,
// with files that no other node would accept. The wire lives until Close, whatever
// becomes of ctx.
func openWire(ctx context.Context, cfg wireConfig) (*wire, error) {
	w := &wire{cfg: cfg, preambles: make(chan struct{}, maxPreambles), conns: map[*wireConn]struct{}{}, ended: map[purpose]bool{}}
	w.refusals = cfg.Logger.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(c, time.Second, 1, 0)
	}))
	if err := w.identify(); err != nil {
		return nil, fmt.Errorf("node %s of cluster %s: %w", cfg.Node, cfg.Cluster, err)
	}
	w.life, w.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	if cfg.Listen == "" {
		return w, nil
	}
	if err := w.listen(ctx); err != nil {
		return nil, fmt.Errorf("listen for other nodes on %s: %w", cfg.Listen, err)
	}
	w.listeners = map[purpose]*wireListener{forRaft: newWireListener(w.Addr()), forCalls: newWireListener(w.Addr())}
	w.tasks.Go(w.acceptAll)
	return w, nil
}

// identify checks who this node is to the others, and reads its certificate.
func (w *wire) identify() error {
	err := errors.Join(checkName(w.cfg.Cluster), checkName(w.cfg.Node))
	if err != nil || w.cfg.TLS == (TLS{}) {
		return err
	}
	own := func(cert *x509.Certificate) error { return checkNode(cert, w.cfg.Node, w.address(w.cfg.Node)) }
	w.credentials, err = openCredentials(w.cfg.TLS, own, w.cfg.Logger)
	return err
}

func (w *wire) listen(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if w.tcp, err = lc.Listen(ctx, "tcp", w.cfg.Listen); err != nil {
		return err
	}
	if err := w.checkClear(w.tcp.Addr().String()); err != nil {
		w.tcp.Close()
		return err
	}
	return nil
}

// checkClear refuses an address, whose host is an IP, beyond this machine.
func (w *wire) checkClear(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if w.credentials != nil || w.cfg.Insecure || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return fmt.Errorf("%w, not %s: %s", ErrInsecure, address, clearRemedy)
}

// address is where a node is, "" if that is not known.
func (w *wire) address(node string) string {
	address, err := w.cfg.Address(node)
	if err != nil {
		return ""
	}
	return address
}

// Addr is where the wire listens.
func (w *wire) Addr() net.Addr { return w.tcp.Addr() }

// listener returns what accepts connections for a purpose, the same for every
// call. To close it ends neither other purposes nor connections that were
// accepted. A connection that nobody accepts waits; too many are refused.
func (w *wire) listener(p purpose) net.Listener { return w.listeners[p] }

// Close ends the listeners and every connection, and waits for what goes on in
// the wire. It may be called more than once.
func (w *wire) Close() error {
	w.stop(net.ErrClosed)
	var err error
	if w.tcp != nil {
		err = w.tcp.Close()
	}
	for _, l := range w.listeners {
		_ = l.Close()
	}
	for _, p := range []purpose{forRaft, forCalls, 0} { // 0: those in the preamble
		w.end(p)
	}
	w.tasks.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// end ends the connections for a purpose, accepted or dialled, for good.
func (w *wire) end(p purpose) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[p] = true
	for c := range w.conns {
		if c.purpose == p {
			delete(w.conns, c)
			c.raw.Close()
		}
	}
}

// track makes a connection one of the wire's. The purpose of those in the
// preamble is 0.
func (w *wire) track(raw net.Conn, p purpose) (*wireConn, error) {
	c := &wireConn{Conn: raw, raw: raw, wire: w}
	if err := w.assign(c, p); err != nil {
		return nil, err
	}
	return c, nil
}

// assign gives a connection its purpose; it is closed if that has ended.
func (w *wire) assign(c *wireConn, p purpose) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended[p] {
		delete(w.conns, c)
		c.raw.Close()
		return net.ErrClosed
	}
	c.purpose = p
	w.conns[c] = struct{}{}
	return nil
}

func (w *wire) forget(c *wireConn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
}

// acceptAll accepts connections until the wire is closed. It waits for none.
func (w *wire) acceptAll() {
	for w.life.Err() == nil {
		raw, err := w.tcp.Accept()
		if err == nil {
			w.admit(raw)
			continue
		}
		if w.life.Err() == nil {
			w.refusals.Warn("accepting connections of other nodes failed", zap.Error(err))
			pause(w.life, acceptPause)
		}
	}
}

// admit begins the preamble of a connection, unless there are too many.
func (w *wire) admit(raw net.Conn) {
	c, err := w.track(raw, 0)
	if err != nil {
		return
	}
	select {
	case w.preambles <- struct{}{}:
		w.tasks.Go(func() {
			defer func() { <-w.preambles }()
			w.receive(c)
		})
	default:
		w.logRefusal(c, "too many have not said what they are for", nil)
		_ = c.Close()
	}
}

// receive hands a connection to who accepts its purpose, or closes it.
func (w *wire) receive(c *wireConn) {
	_ = c.raw.SetDeadline(time.Now().Add(preambleLimit))
	p, ok := w.hear(c)
	if !ok {
		c.linger()
		_ = c.Close()
		return
	}
	_ = c.raw.SetDeadline(time.Time{})
	if w.assign(c, p) == nil && !w.listeners[p].offer(c) {
		_ = c.Close()
	}
}

// hear has the handshake, hears the preamble and answers it. False means that
// the connection is refused, and that it was logged.
func (w *wire) hear(c *wireConn) (purpose, bool) {
	cert, err := c.secure(w.life, tls.Server, x509.ExtKeyUsageClientAuth, func(*x509.Certificate) error { return nil })
	if err != nil {
		return w.logRefusal(c, "the TLS handshake failed", err)
	}
	p, err := readPreamble(c)
	if err != nil && !errors.Is(err, errUnknown) {
		return w.logRefusal(c, "it did not say what it is for", err)
	}
	verdict := notKnown
	if err == nil {
		verdict, err = w.judge(p, cert)
	}
	if verdict == unjudged {
		return w.logRefusal(c, "it has to ask again", err, zap.String("from", p.from))
	}
	if verdict == welcome && w.listeners[p.purpose].full() {
		return w.logRefusal(c, "nobody accepts it", nil, zap.Stringer("purpose", p.purpose))
	}
	_, sent := c.Write(reply{verdict, w.cfg.Cluster, w.cfg.Node}.encode())
	if verdict != welcome {
		return w.logRefusal(c, verdict.String(), err, zap.String("cluster", p.cluster), zap.String("from", p.from), zap.String("to", p.to))
	}
	return p.purpose, sent == nil
}

// judge compares what the dialler says with what is so. Who belongs elsewhere is
// told so first: its node ids are not ours.
func (w *wire) judge(p preamble, cert *x509.Certificate) (answer, error) {
	switch {
	case p.cluster != w.cfg.Cluster:
		return otherCluster, nil
	case p.to != w.cfg.Node:
		return otherNode, nil
	case cert != nil:
		if err := checkNode(cert, p.from, w.address(p.from)); err != nil {
			return otherCertificate, err
		}
	}
	if p.purpose != forRaft {
		return welcome, nil
	}
	switch out, err := w.cfg.LeftOut(p.from); {
	case err != nil:
		return unjudged, err
	case out:
		return leftOut, nil
	}
	return welcome, nil
}

// logRefusal logs why a connection is refused. There is one message for each
// reason, so that a frequent one does not hide the others. It returns what hear
// then does.
func (w *wire) logRefusal(c *wireConn, reason string, err error, fields ...zap.Field) (purpose, bool) {
	if w.life.Err() == nil {
		w.refusals.Warn("refused a connection: "+reason, append(fields, zap.Stringer("remote", c.RemoteAddr()), zap.Error(err))...)
	}
	return 0, false
}

// dial connects to a node for a purpose. It ends with ctx, whatever the other
// side does, and after 10 s. The error may be ErrInsecure, ErrCertificate,
// ErrOtherNode, ErrOtherCluster, or net.ErrClosed after Close.
func (w *wire) dial(ctx context.Context, node string, p purpose) (net.Conn, error) {
	ctx, cancel := w.during(ctx)
	defer cancel()
	c, err := w.connect(ctx, node, p)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("connect to node %s for %s: %w (%w)", node, p, context.Cause(ctx), err)
	case err != nil:
		return nil, fmt.Errorf("connect to node %s for %s: %w", node, p, err)
	}
	return c, nil
}

// during returns a context for one dial, which the wire ends, too.
func (w *wire) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	ctx, end := context.WithCancelCause(ctx)
	forget := context.AfterFunc(w.life, func() { end(net.ErrClosed) })
	return ctx, func() { forget(); end(nil); cancel() }
}

func (w *wire) connect(ctx context.Context, node string, p purpose) (*wireConn, error) {
	address, err := w.cfg.Address(node)
	if err != nil {
		return nil, err
	}
	// The address is checked when its name is resolved, before a word is sent.
	d := net.Dialer{Control: func(_, resolved string, _ syscall.RawConn) error { return w.checkClear(resolved) }}
	raw, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c, err := w.track(raw, p)
	if err != nil {
		return nil, err
	}
	interrupt := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	err = c.introduce(ctx, preamble{p, w.cfg.Cluster, w.cfg.Node, node}, address)
	if !interrupt() && err == nil {
		err = context.Cause(ctx) // the deadline stays: the connection is of no use
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}
