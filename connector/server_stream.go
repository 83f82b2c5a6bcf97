package connector

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// errBadResult says that an answer is none to a SELECT.
var errBadResult = errors.New("the server's answer to a query cannot be read")

// maxPacket is what one packet of the protocol holds; what is longer goes on in the
// next one.
const maxPacket = 1<<24 - 1

// Stream runs one SELECT and gives each row to f as it comes in the text protocol:
// length-encoded strings, 0xFB for NULL. The bytes are valid until f returns. An
// error of f ends the connection, as an end of ctx does. A connection that ends among
// the rows is an io.ErrUnexpectedEOF.
// Source: MySQL sources, "Text Resultset" of the protocol documentation.
func (s *Server) Stream(ctx context.Context, query string, f func(row []byte) error) error {
	stop := context.AfterFunc(ctx, func() { interrupt(s.raw) })
	defer stop()
	err := s.stream(query, f)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("query the server: %w", context.Cause(ctx))
	case errors.Is(err, io.EOF): // it would say that all is well
		return fmt.Errorf("query the server: the connection ended: %w", io.ErrUnexpectedEOF)
	case err != nil:
		return fmt.Errorf("query the server: %w", err)
	}
	return nil
}

func (s *Server) stream(query string, f func(row []byte) error) error {
	if err := s.send(query); err != nil {
		return err
	}
	if s.packets == nil {
		// go-mysql reads no further than the end of an answer.
		s.packets = &packets{r: bufio.NewReaderSize(s.conn.Conn.Conn, 64<<10)}
	}
	columns, err := s.columns()
	if err != nil {
		return err
	}
	for range columns {
		if _, err := s.packets.next(); err != nil {
			return err
		}
	}
	if _, err := s.packets.next(); err != nil { // EOF
		return err
	}
	return s.rows(f)
}

// send begins a query.
func (s *Server) send(query string) error {
	command := []byte{0, 0, 0, 0, mysql.COM_QUERY} // room for the header
	s.conn.ResetSequence()
	return s.conn.WritePacket(append(command, query...))
}

// columns is how many columns the result has.
func (s *Server) columns() (int, error) {
	b, err := s.packets.next()
	if err != nil {
		return 0, err
	}
	if len(b) > 0 && b[0] == mysql.ERR_HEADER {
		return 0, s.conn.HandleErrorPacket(b)
	}
	n, null, used := mysql.LengthEncodedInt(b)
	if null || used != len(b) || n == 0 {
		return 0, errBadResult
	}
	return int(n), nil
}

func (s *Server) rows(f func(row []byte) error) error {
	for {
		b, err := s.packets.next()
		switch {
		case err != nil:
			return err
		case len(b) == 0:
			return errBadResult
		case b[0] == mysql.ERR_HEADER:
			return s.conn.HandleErrorPacket(b)
		case b[0] == mysql.EOF_HEADER && len(b) < 9: // a row whose first value begins so is longer
			return nil
		}
		if err := f(b); err != nil {
			return err
		}
	}
}

// packets takes packets from a connection.
type packets struct {
	r    *bufio.Reader
	used int    // of r: the packet before
	long []byte // a packet that does not fit into r
}

// next returns the payload of the next packet, valid until the next call.
func (p *packets) next() ([]byte, error) {
	if _, err := p.r.Discard(p.used); err != nil {
		return nil, err
	}
	p.used = 0
	header, err := p.r.Peek(4)
	if err != nil {
		return nil, err
	}
	n := int(binary.LittleEndian.Uint32(header) & maxPacket)
	if 4+n > p.r.Size() {
		return p.assemble()
	}
	b, err := p.r.Peek(4 + n)
	if err != nil {
		return nil, err
	}
	p.used = 4 + n
	return b[4:], nil
}

// assemble reads a packet that does not fit into the buffer, of one part or more.
func (p *packets) assemble() ([]byte, error) {
	p.long = p.long[:0]
	for {
		var header [4]byte
		if _, err := io.ReadFull(p.r, header[:]); err != nil {
			return nil, err
		}
		n := int(binary.LittleEndian.Uint32(header[:]) & maxPacket)
		have := len(p.long)
		p.long = append(p.long, make([]byte, n)...)
		if _, err := io.ReadFull(p.r, p.long[have:]); err != nil {
			return nil, err
		}
		if n < maxPacket {
			return p.long, nil
		}
	}
}
