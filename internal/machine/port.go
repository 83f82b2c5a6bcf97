package machine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Ports are taken from below the range that systems use for outgoing
// connections, so that no client takes one while its server is down.
const (
	firstPort = 20000
	lastPort  = 29999
)

// Port is a TCP port of the loopback address that is reserved for its owner,
// listening or not: no other caller of ReservePort on this machine gets it.
type Port struct {
	Number int
	lock   *os.File
}

// ReservePort finds a port that is free. Release it in the end.
func ReservePort() (*Port, error) {
	dir := filepath.Join(os.TempDir(), "cdcd-ports-"+strconv.Itoa(os.Getuid()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	for range 1000 {
		n := firstPort + rand.IntN(lastPort-firstPort+1)
		lock, err := tryLock(filepath.Join(dir, strconv.Itoa(n)))
		if err != nil {
			continue
		}
		if isFree(n) {
			return &Port{Number: n, lock: lock}, nil
		}
		_ = lock.Close()
	}
	return nil, errors.New("reserve a port: none is free")
}

// Addr is the port's address, host:port.
func (p *Port) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Number)) }

// Release lets others have the port.
func (p *Port) Release() error { return p.lock.Close() }

func isFree(port int) bool {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	return l.Close() == nil
}
