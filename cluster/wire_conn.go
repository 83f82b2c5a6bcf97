package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// wireConn is a connection that its wire knows.
type wireConn struct {
	net.Conn // what is said through: raw, or TLS over it
	raw      net.Conn
	wire     *wire
	purpose  purpose // guarded by the wire
}

// Close ends the connection. It may be called more than once. TLS is not told:
// that may wait for the other side, and who talks here knows where a message
// ends.
func (c *wireConn) Close() error {
	c.wire.forget(c)
	if err := c.raw.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// secure has both sides show their certificates, and returns the other's. In
// the clear it does nothing. The conn of the handshake is for the side given.
func (c *wireConn) secure(ctx context.Context, side func(net.Conn, *tls.Config) *tls.Conn, usage x509.ExtKeyUsage, check func(*x509.Certificate) error) (*x509.Certificate, error) {
	if c.wire.credentials == nil {
		return nil, nil
	}
	conn := side(c.raw, c.wire.credentials.now().config(usage, check))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	c.Conn = conn
	return conn.ConnectionState().PeerCertificates[0], nil
}

// introduce says who dials, and hears whether that is welcome.
func (c *wireConn) introduce(ctx context.Context, p preamble, address string) error {
	text, err := p.encode()
	if err != nil {
		return err
	}
	check := func(cert *x509.Certificate) error { return checkNode(cert, p.to, address) }
	if _, err := c.secure(ctx, tls.Client, x509.ExtKeyUsageServerAuth, check); err != nil {
		return c.unanswered(err, address)
	}
	_, _ = c.Write(text) // if that fails, what can be read says why
	r, err := readReply(c)
	if err != nil {
		return c.unanswered(err, address)
	}
	return r.refusal(p, address)
}

// unanswered explains why there was no answer. In TLS 1.3 the dialler is through
// with its handshake before the acceptor judges its certificate.
func (c *wireConn) unanswered(err error, address string) error {
	var remote *net.OpError
	var garbage tls.RecordHeaderError
	switch {
	case errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(err.Error(), "certificate"):
		return fmt.Errorf("%w by %s, whose log says why, the one in %s: %w", ErrCertificate, address, c.wire.cfg.TLS.Cert, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.As(err, &garbage):
		return fmt.Errorf("no answer from %s: %w: %s", address, err, tlsHint)
	}
	return fmt.Errorf("no answer from %s: %w", address, err)
}

// linger waits until the other side closes, no longer than the preamble may
// take: to close what has bytes unread would throw away what it is to be told.
func (c *wireConn) linger() {
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c.raw, 1<<16))
}
