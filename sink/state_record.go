package sink

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"cdcd/event"

	"github.com/klauspost/compress/s2"
)

// stateFormat is the version of the stored form. A later one is refused.
const stateFormat = 1

// stateKey is the key of state records; compaction keeps the last one.
const stateKey = "state"

// ModeExactlyOnce is what a transactional sink writes into StateRecord.Mode.
const ModeExactlyOnce = "exactly_once"

// StateRecord is what a transaction says about itself, in the connector's state
// topic.
type StateRecord struct {
	Format  int         `json:"v"`
	State   event.State `json:"state"`
	Session uint64      `json:"session"` // never decreases along the topic
	Cluster string      `json:"cluster"` // name of the cdcd cluster
	Kafka   string      `json:"kafka"`   // id of the Kafka cluster
	Mode    string      `json:"mode"`
}

// TableRecord is a table version in the state topic. Data is the caller's, and
// stored compressed.
type TableRecord struct {
	Version event.TableVersion
	Data    []byte
}

// envelope is the stored form: a checksum and the bytes it is of. It is written
// by hand: encoding/json would go through all of data once more.
type envelope struct {
	CRC  string          `json:"crc"`
	Data json.RawMessage `json:"data"`
}

// packedFrom is the size of an envelope that is stored compressed: while thousands of
// tables are copied a state names them all, and would be larger than a topic's limit.
// The first byte tells: of so many bytes it has the highest bit, and is no brace.
const packedFrom = 16 << 10

// maxState bounds a state when it is unpacked.
const maxState = 64 << 20

func checksum(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

func (r StateRecord) marshal() ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	value := slices.Concat([]byte(`{"crc":"`), []byte(checksum(data)), []byte(`","data":`), data, []byte("}"))
	if len(value) >= packedFrom {
		return s2.EncodeBetter(nil, value), nil
	}
	return value, nil
}

func parseState(value []byte) (StateRecord, error) {
	var (
		e envelope
		r StateRecord
	)
	if len(value) > 0 && value[0]&0x80 != 0 {
		plain, err := unpack(value, maxState)
		if err != nil {
			return r, fmt.Errorf("state record: %w", err)
		}
		value = plain
	}
	if err := json.Unmarshal(value, &e); err != nil {
		return r, fmt.Errorf("state record: %w", err)
	}
	if got := checksum(e.Data); got != e.CRC {
		return r, fmt.Errorf("state record: checksum is %s and should be %s: somebody else wrote or changed it", got, e.CRC)
	}
	var format struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(e.Data, &format); err != nil {
		return r, fmt.Errorf("state record: %w", err)
	}
	if format.V != stateFormat {
		return r, fmt.Errorf("state record: format %d; this release reads %d: use the release that wrote it, or a later one", format.V, stateFormat)
	}
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return r, fmt.Errorf("state record: %w", err)
	}
	return r, nil
}

// tableKey has the content's checksum in it: a version that was given up and
// defined anew is a record of its own.
func (t TableRecord) key() string {
	return "table/" + strconv.FormatUint(uint64(t.Version), 10) + "/" + checksum(t.Data)
}

func (t TableRecord) pack() []byte { return s2.EncodeBetter(nil, t.Data) }

// maxTable bounds a table version before it is compressed.
const maxTable = 16 << 20

func parseTable(key string, value []byte) (TableRecord, error) {
	version, sum, ok := strings.Cut(strings.TrimPrefix(key, "table/"), "/")
	n, err := strconv.ParseUint(version, 10, 64)
	if !ok || err != nil {
		return TableRecord{}, fmt.Errorf("table record: key %q", key)
	}
	t := TableRecord{Version: event.TableVersion(n)}
	if t.Data, err = unpack(value, maxTable); err != nil {
		return t, fmt.Errorf("table record %s: %w", key, err)
	}
	if checksum(t.Data) != sum {
		return t, fmt.Errorf("table record %s: checksum is %s: somebody else wrote or changed it", key, checksum(t.Data))
	}
	return t, nil
}

var errSize = errors.New("more than such a record has")

// unpack decompresses what is at most so large.
func unpack(packed []byte, most int) ([]byte, error) {
	if size, err := s2.DecodedLen(packed); err != nil || size > most {
		return nil, fmt.Errorf("%d bytes, %w", size, cmp.Or(err, errSize))
	}
	return s2.Decode(nil, packed)
}

// Errors of what is found in a state topic.
var (
	// ErrForeignState means that the last state record is of another cluster.
	ErrForeignState = errors.New("sink: the state topic belongs to another cluster")
	// ErrStateTopic means that the state topic is not as it has to be.
	ErrStateTopic = errors.New("sink: the state topic is not as it has to be")
)

// check tells whether a record that was found was written by the deployment that
// c describes, in the Kafka cluster of the given id.
func (r StateRecord) check(c TxnConfig, kafkaID string) error {
	adopt := ResetCommand(c.Connector, "kafka")
	switch {
	case r.Cluster != c.Cluster:
		return fmt.Errorf("%w: %s was written by cluster.name %q, and this is %q. Two deployments must not share a state topic: rename one of the connectors, or if %q is gone for good, go on from its position with %s",
			ErrForeignState, StateTopic(c.Connector), r.Cluster, c.Cluster, r.Cluster, adopt)
	case r.Kafka != kafkaID:
		return fmt.Errorf("%w: %s was written in Kafka cluster %s, and this is %s: a copied topic does not say what is in the other topics here. "+
			"If the records were copied as far as the position, go on from it with %s; otherwise with --to last from what raft knows, or --to now",
			ErrForeignState, StateTopic(c.Connector), r.Kafka, kafkaID, adopt)
	}
	return nil
}

// ResetCommand is what an operator types to decide where a connector goes on.
func ResetCommand(connector, to string) string {
	return "cdcd offsets reset --connector " + connector + " --to " + to
}
