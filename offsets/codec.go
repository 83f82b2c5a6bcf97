package offsets

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/s2"
)

// A frame is how commands and snapshots are stored:
//
//	byte 0     version of the format
//	byte 1     kind
//	bytes 2-5  CRC-32C of bytes 0 and 1 and the body, big-endian
//	the rest   body, JSON
//
// What a new field means must not depend on the reader, so an unknown one is an
// error: adding one takes a new version. Version 1 had snapshots without the
// offsets' writers, version 2 knew no nodes and no placements. Version 4 is 3 with a
// body that is compressed (s2): a copy of thousands of tables names those that are left
// in each mirrored offset, and the logs of all nodes keep a thousand of them.
const (
	frameVersion = 3
	framePacked  = 4
	frameHeader  = 6
)

const (
	packedFrom = 16 << 10 // bytes of a body that is compressed, if that makes it smaller
	maxBody    = 1 << 30  // bytes of a body that is unpacked
)

// kind tells frames apart. Numbers are never used again.
type kind byte

const (
	kindSnapshot kind = iota
	kindPutConnector
	kindDeleteConnector
	kindSession
	kindMirror
	kindPutTables
	kindTruncate
	kindReset
	kindSetTarget
	kindPlace
	kindSetLive
	kindDrain
	kindRemoveNode
)

func (PutConnector) kind() kind    { return kindPutConnector }
func (DeleteConnector) kind() kind { return kindDeleteConnector }
func (Session) kind() kind         { return kindSession }
func (Mirror) kind() kind          { return kindMirror }
func (PutTables) kind() kind       { return kindPutTables }
func (Truncate) kind() kind        { return kindTruncate }
func (Reset) kind() kind           { return kindReset }
func (SetTarget) kind() kind       { return kindSetTarget }
func (Place) kind() kind           { return kindPlace }
func (SetLive) kind() kind         { return kindSetLive }
func (Drain) kind() kind           { return kindDrain }
func (RemoveNode) kind() kind      { return kindRemoveNode }

// Encode returns the form of c that is written to a log, or an [ErrInvalid].
func Encode(c Command) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return seal(c.kind(), c)
}

// Decode is the inverse of [Encode]. An error is an [ErrCorrupt],
// [ErrUnknownVersion], [ErrUnknownCommand] or [ErrInvalid]; the command must
// then not be skipped.
func Decode(frame []byte) (Command, error) {
	k, body, err := open(frame)
	if err != nil {
		return nil, err
	}
	c, err := decodeBody(k, body)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

func decodeBody(k kind, body []byte) (Command, error) {
	switch k {
	case kindPutConnector:
		return unmarshal[PutConnector](body)
	case kindDeleteConnector:
		return unmarshal[DeleteConnector](body)
	case kindSession:
		return unmarshal[Session](body)
	case kindMirror:
		return unmarshal[Mirror](body)
	case kindPutTables:
		return unmarshal[PutTables](body)
	case kindTruncate:
		return unmarshal[Truncate](body)
	case kindReset:
		return unmarshal[Reset](body)
	case kindSetTarget:
		return unmarshal[SetTarget](body)
	case kindPlace:
		return unmarshal[Place](body)
	case kindSetLive:
		return unmarshal[SetLive](body)
	case kindDrain:
		return unmarshal[Drain](body)
	case kindRemoveNode:
		return unmarshal[RemoveNode](body)
	case kindSnapshot:
	}
	return nil, fmt.Errorf("%w: kind %d", ErrUnknownCommand, k)
}

func seal(k kind, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	version := byte(frameVersion)
	if len(text) >= packedFrom && k != kindSnapshot { // which is mostly compressed definitions
		if packed := s2.Encode(nil, text); len(packed) < len(text)*3/4 {
			version, text = framePacked, packed
		}
	}
	frame := make([]byte, frameHeader, frameHeader+len(text))
	frame[0], frame[1] = version, byte(k)
	frame = append(frame, text...)
	binary.BigEndian.PutUint32(frame[2:], checksum(frame))
	return frame, nil
}

func open(frame []byte) (kind, []byte, error) {
	if len(frame) < frameHeader {
		return 0, nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(frame))
	}
	if binary.BigEndian.Uint32(frame[2:]) != checksum(frame) {
		return 0, nil, fmt.Errorf("%w: wrong checksum", ErrCorrupt)
	}
	k, body := kind(frame[1]), frame[frameHeader:]
	switch version := frame[0]; {
	case version == 0 || version > framePacked:
		return 0, nil, fmt.Errorf("%w: format %d, known are those up to %d", ErrUnknownVersion, version, framePacked)
	case version == framePacked:
		size, err := s2.DecodedLen(body)
		if err == nil && size > maxBody {
			err = fmt.Errorf("%d bytes", size)
		}
		if err == nil {
			body, err = s2.Decode(nil, body)
		}
		if err != nil {
			return 0, nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	return k, body, nil
}

func checksum(frame []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(frame[:2], table), table, frame[frameHeader:])
}

func unmarshal[T any](body []byte) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, fmt.Errorf("%w: more than one value", ErrCorrupt)
	}
	return v, nil
}
