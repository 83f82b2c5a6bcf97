package connector

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"

	"cdcd/schema"
)

// Server is a connection for statements. One goroutine at a time may use it.
type Server struct {
	conn    *client.Conn
	raw     net.Conn
	tls     *tls.Config
	timeout time.Duration // of a statement, 0 for none
	packets *packets      // of Stream, once it was used
}

// Dial logs in, runs the initial statements and makes the session neutral: text in
// UTF-8, no sql_mode, so that SHOW CREATE TABLE reads the same everywhere. Errors
// that no retry mends are [ErrAccess], [ErrTLS], [ErrInClear] and [ErrInitial]; no
// error holds the password, or anything of a statement.
func Dial(ctx context.Context, cfg Config) (*Server, error) {
	s, err := prepared(ctx, cfg, true)
	if err != nil {
		return nil, err
	}
	if _, err := s.Query(ctx, "SET NAMES utf8mb4, SESSION sql_mode = ''"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// dialUser is Dial with the session as the account and the initial statements make
// it, and some more, for statements of the user's.
func dialUser(ctx context.Context, cfg Config, more ...string) (*Server, error) {
	s, err := prepared(ctx, cfg, false)
	if err != nil {
		return nil, err
	}
	for _, statement := range more {
		if _, err := s.Query(ctx, statement); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// prepared logs in and runs the initial statements. Only our own statements may come
// several at once.
func prepared(ctx context.Context, cfg Config, several bool) (*Server, error) {
	s, err := dial(ctx, cfg, several)
	if err != nil {
		return nil, fmt.Errorf("connect to %s as %s: %w", address(cfg), cfg.User, explain(err))
	}
	_, err = s.Query(ctx, "SET NAMES utf8mb4")
	if err == nil {
		err = s.initialise(ctx, cfg.InitialStatements)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func address(cfg Config) string {
	return net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
}

func dial(ctx context.Context, cfg Config, several bool) (*Server, error) {
	if cfg.ConnectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, cfg.ConnectTimeout, fmt.Errorf("%w within %v", errSilent, cfg.ConnectTimeout))
		defer cancel()
	}
	secure, err := cfg.TLS.client(cfg.Host)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTLS, err)
	}
	s, err := login(ctx, cfg, secure, several)
	if cfg.TLS.Mode == TLSPreferred && err != nil && offersNoTLS(err) {
		return login(ctx, cfg, nil, several)
	}
	return s, err
}

// offersNoTLS tells go-mysql's error for a server without TLS, which has no
// type of its own.
func offersNoTLS(err error) bool { return strings.Contains(err.Error(), "does not support TLS") }

// login connects once. ctx bounds all of it.
func login(ctx context.Context, cfg Config, secure *tls.Config, several bool) (*Server, error) {
	dialer := net.Dialer{KeepAlive: 15 * time.Second}
	raw, err := dialer.DialContext(ctx, "tcp", address(cfg))
	if err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	guard := newLoginGuard(raw, cfg, secure == nil)
	defer context.AfterFunc(ctx, func() { interrupt(raw) })()
	conn, err := handshake(ctx, cfg, guard, secure, several)
	switch {
	case err == nil:
		guard.over = true
		return &Server{conn: conn, raw: raw, tls: secure, timeout: cfg.QueryTimeout}, nil
	case guard.refused:
		err = ErrInClear
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	_ = raw.Close()
	return nil, err
}

// interrupt ends what waits for the connection; it is of no use afterwards.
func interrupt(raw net.Conn) { _ = raw.SetDeadline(time.Unix(1, 0)) }

func handshake(ctx context.Context, cfg Config, raw net.Conn, secure *tls.Config, several bool) (conn *client.Conn, err error) {
	defer recovered(&err)
	given := func(context.Context, string, string) (net.Conn, error) { return raw, nil }
	secured := func(c *client.Conn) error {
		c.SetTLSConfig(secure)
		c.UnsetCapability(mysql.CLIENT_QUERY_ATTRIBUTES) // as Stream reads and writes
		c.UnsetCapability(mysql.CLIENT_DEPRECATE_EOF)
		if !several {
			return nil
		}
		return c.SetCapability(mysql.CLIENT_MULTI_STATEMENTS)
	}
	return client.ConnectWithDialer(ctx, "tcp", address(cfg), cfg.User, cfg.Password.Reveal(), "", given, secured)
}

// recovered makes an error of a panic in go-mysql, which indexes into what a
// server that speaks another protocol sends. The panic's text is not kept: it
// may hold bytes of the connection.
func recovered(err *error) {
	if recover() != nil {
		*err = errNotMySQL
	}
}

// TLS returns what the connection is protected with, nil when it is plain: with
// TLSPreferred it tells what was found, for the dump connection to do the same.
func (s *Server) TLS() *tls.Config { return s.tls }

// Query runs one statement and returns its rows as the server prints them. The
// connection is of no use after ctx has ended a statement.
func (s *Server) Query(ctx context.Context, query string) ([][]sql.NullString, error) {
	return s.Ask(ctx, query)
}

// Ask is Query for several statements in one go: it returns the rows of all of them,
// in order, or the error of the first that fails. Behind it none is run.
func (s *Server) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	if s.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	stop := context.AfterFunc(ctx, func() { interrupt(s.raw) })
	defer stop()
	rows, err := execute(s.conn, strings.Join(statements, ";"))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("query the server: %w", context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("query the server: %w", err)
	}
	return rows, nil
}

var _ schema.Querier = (*Server)(nil)

func execute(conn *client.Conn, text string) (rows [][]sql.NullString, err error) {
	defer recovered(&err)
	var failed error
	_, err = conn.ExecuteMultiple(text, func(r *mysql.Result, err error) {
		if err == nil {
			rows, err = appendRows(rows, r)
		}
		failed = cmp.Or(failed, err)
	})
	if err := cmp.Or(err, failed); err != nil {
		return nil, err
	}
	return rows, nil
}

// appendRows copies the rows of a result, if it has any, and gives it back.
func appendRows(rows [][]sql.NullString, r *mysql.Result) ([][]sql.NullString, error) {
	defer r.Close()
	if r.Resultset == nil {
		return rows, nil
	}
	for _, data := range r.RowDatas {
		row, err := textRow(data, len(r.Fields))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// textRow reads a row of the text protocol as it came, before go-mysql makes
// numbers of it.
func textRow(data []byte, columns int) ([]sql.NullString, error) {
	row := make([]sql.NullString, columns)
	for i := range row {
		text, null, n, err := mysql.LengthEncodedString(data)
		if err != nil {
			return nil, err
		}
		row[i] = sql.NullString{String: string(text), Valid: !null}
		data = data[n:]
	}
	return row, nil
}

// Close ends the connection.
func (s *Server) Close() error { return s.raw.Close() }
