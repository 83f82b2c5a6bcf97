package connector

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// loginGuard lets no password leave that somebody on the network could read.
//
// Without TLS, go-mysql would fetch the server's RSA key and encrypt the
// password with it, though anybody in between may have put his own key there;
// and it would answer a request for the plain password. The scrambles of the
// other methods give nothing away.
type loginGuard struct {
	net.Conn
	password []byte
	open     bool // nobody can listen, or the user allows it
	packets  int  // written
	refused  bool
	over     bool // logged in
}

func newLoginGuard(raw net.Conn, cfg Config, plain bool) *loginGuard {
	return &loginGuard{Conn: raw, password: []byte(cfg.Password.Reveal()), open: !plain || cfg.KeyInClear || loopback(raw)}
}

func loopback(raw net.Conn) bool {
	a, ok := raw.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// Write refuses a login packet that is not known to be safe.
func (g *loginGuard) Write(b []byte) (int, error) {
	if !g.open && !g.over && g.packets > 0 && !g.scramble(b) {
		g.refused = true
		return 0, ErrInClear
	}
	g.packets++
	return g.Conn.Write(b)
}

// scramble tells whether a packet after the first is one of the scrambles, by
// its length: none, native, caching_sha2 and ed25519. What is refused are the
// one-byte request for the key, what is encrypted with it, and the password.
func (g *loginGuard) scramble(packet []byte) bool {
	const header = 4
	if len(packet) < header {
		return false
	}
	payload := packet[header:]
	if len(g.password) > 0 && bytes.Equal(bytes.TrimSuffix(payload, []byte{0}), g.password) {
		return false
	}
	switch len(payload) {
	case 0, 20, 32, 64:
		return true
	}
	return false
}

// Errors of [Dial] that no retry mends.
var (
	// ErrAccess: the server does not let this account in.
	ErrAccess = errors.New("login refused")
	// ErrTLS: server and configuration do not agree on TLS.
	ErrTLS = errors.New("no TLS connection")
	// ErrInClear: the login would show the password to the network.
	ErrInClear = errors.New("the login would send the password in a form that the network can read: set database.ssl.mode to use TLS (required, better verify_ca or verify_identity; MariaDB: trust, verify-ca or verify-full), or driver.allowPublicKeyRetrieval=true if nobody can stand in between")

	errSilent   = errors.New("no answer from the server")
	errNotMySQL = errors.New("the server's answer is not understood: is this the port of MySQL or MariaDB?")
)

// The server's error codes that say how to go on.
const (
	codeDatabaseDenied  = 1044
	codeAccessDenied    = 1045
	codeHostBlocked     = 1129
	codeHostNotAllowed  = 1130
	codeOldPassword     = 1251
	codePasswordExpired = 1820
	codeExpiredLogin    = 1862
	codeAccountLocked   = 3118
	codeNeedsTLS        = 3159
	codeAccountLockedMy = 4151
)

// explain adds what to do about a failed connection.
func explain(err error) error {
	if e, ok := errors.AsType[*mysql.MyError](err); ok {
		return explainServer(e)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("the host name is not known: check database.hostname: %w", e)
	}
	switch text := err.Error(); {
	case errors.Is(err, ErrTLS), errors.Is(err, ErrInClear), errors.Is(err, errNotMySQL), errors.Is(err, errSilent):
		return err
	case offersNoTLS(err):
		return fmt.Errorf("%w: the server offers none; enable it there, or set database.ssl.mode to preferred (MariaDB: disable)", ErrTLS)
	case isTLS(err):
		return fmt.Errorf("%w: %w; check database.ssl.mode, database.ssl.truststore and database.ssl.keystore", ErrTLS, cause(err))
	case strings.Contains(text, "auth plugin"):
		return fmt.Errorf("%w: %w: give the account caching_sha2_password, mysql_native_password or ed25519", ErrAccess, cause(err))
	}
	return cause(err)
}

func explainServer(e *mysql.MyError) error {
	switch e.Code {
	case codeAccessDenied, codeDatabaseDenied:
		return fmt.Errorf("%w: check database.user and database.password, and from which hosts the account may come: %w", ErrAccess, e)
	case codeHostNotAllowed, codeHostBlocked:
		return fmt.Errorf("%w: the server does not accept this machine's address: %w", ErrAccess, e)
	case codePasswordExpired, codeExpiredLogin, codeAccountLocked, codeAccountLockedMy, codeOldPassword:
		return fmt.Errorf("%w: %w", ErrAccess, e)
	case codeNeedsTLS:
		return fmt.Errorf("%w: the server demands it: set database.ssl.mode to required (MariaDB: trust): %w", ErrTLS, e)
	}
	return e
}

// Codes of a server that is full, or on its way down or up, and of a table that is
// not there, alone or with its database.
const (
	codeTooManyConnections = 1040
	codeNoSuchDatabase     = 1049
	codeGoingDown          = 1053
	codeWentDown           = 1077
	codeNoSuchTable        = 1146
	codeTooManyOfUser      = 1203
	codeInterrupted        = 1317
	codeKilledMaria        = 1927
	codeNotAvailable       = 3168
	codeIdleTooLong        = 4031
)

// passing tells the server's errors that waiting mends.
func passing(err error) bool {
	if errors.Is(err, errLags) {
		return true
	}
	e, ok := errors.AsType[*mysql.MyError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case codeTooManyConnections, codeGoingDown, codeWentDown, codeTooManyOfUser, codeInterrupted,
		codeKilledMaria, codeNotAvailable, codeIdleTooLong:
		return true
	}
	return false
}

// gone tells that a table whose definition was asked for has been dropped.
func gone(err error) bool {
	e, ok := errors.AsType[*mysql.MyError](err)
	return ok && (e.Code == codeNoSuchTable || e.Code == codeNoSuchDatabase)
}
