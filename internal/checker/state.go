package checker

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// state is a committed record of the state topic that says where its Kafka
// transaction ends in the source.
type state struct {
	offset   int64
	segment  int32 // of the state topic
	n        uint64
	session  uint64
	position position
	bad      string // why it could not be read
}

// storedState is the JSON form that the product writes.
type storedState struct {
	Session *uint64 `json:"session"`
	State   struct {
		N   uint64 `json:"n"`
		Pos struct {
			Flavor string  `json:"flavor"`
			File   string  `json:"file"`
			Offset int64   `json:"offset"`
			GTIDs  *string `json:"gtids"`
		} `json:"pos"`
	} `json:"state"`
}

// parseState reads the value of a record whose key is "state".
func parseState(value []byte) (state, error) {
	var e struct {
		CRC  string          `json:"crc"`
		Data json.RawMessage `json:"data"`
	}
	var stored storedState
	if len(value) > 0 && value[0] >= 0x80 { // a large one is compressed
		var err error
		if value, err = s2.Decode(nil, value); err != nil {
			return state{}, err
		}
	}
	if err := json.Unmarshal(value, &e); err != nil {
		return state{}, err
	}
	if sum := fmt.Sprintf("%08x", crc32.Checksum(e.Data, crcTable)); sum != e.CRC {
		return state{}, fmt.Errorf("its checksum is %s and should be %s", sum, e.CRC)
	}
	if err := json.Unmarshal(e.Data, &stored); err != nil {
		return state{}, err
	}
	if stored.Session == nil || *stored.Session == 0 {
		return state{}, errors.New("it names no session")
	}
	s := state{n: stored.State.N, session: *stored.Session}
	var err error
	s.position, err = stored.position()
	return s, err
}

func (s storedState) position() (position, error) {
	pos := s.State.Pos
	switch {
	case pos.GTIDs == nil:
		return position{place: place{pos.File, pos.Offset}}, nil
	case *pos.GTIDs == "" && pos.Flavor == "mariadb":
		return position{domains: map[string]uint64{}}, nil
	}
	return parsePosition(*pos.GTIDs)
}
