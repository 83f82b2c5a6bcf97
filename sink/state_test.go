package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/schema"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestParseState refuses what this release did not write.
func TestParseState(t *testing.T) {
	want := StateRecord{
		Format: stateFormat, Session: 3, Cluster: "prod <1>", Kafka: "abc", Mode: ModeExactlyOnce,
		State: event.State{N: 7, Schema: 2, Position: event.Position{Flavor: event.MySQL, File: "b.1", Offset: 4}},
	}
	value, err := want.marshal()
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(want)
	if plain, _ := json.Marshal(envelope{CRC: checksum(data), Data: data}); !bytes.Equal(plain, value) {
		t.Errorf("written %s, encoding/json writes %s", value, plain)
	}
	got, err := parseState(value)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, -want +got:\n%s", err, d)
	}
	f := func(value, message string) {
		t.Helper()
		if _, err := parseState([]byte(value)); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("parseState(%s): %v", value, err)
		}
	}
	f(strings.Replace(string(value), `"n":7`, `"n":8`, 1), "checksum")
	f(`{"crc":"`+checksum([]byte(`{"v":2}`))+`","data":{"v":2}}`, "format 2")
	f("junk", "state record")
}

// TestParseState_Packed reads a state back that names thousands of tables, and refuses
// one that was cut off.
func TestParseState_Packed(t *testing.T) {
	want := StateRecord{Format: stateFormat, State: ofTables(10_000)}
	value, err := want.marshal()
	if err != nil {
		t.Fatal(err)
	}
	if len(value) > 1<<20 {
		t.Errorf("%d bytes", len(value))
	}
	got, err := parseState(value)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, -want +got:\n%.1000s", err, d)
	}
	if _, err := parseState(value[:len(value)-1]); err == nil {
		t.Error("half of it is read")
	}
	if _, err := parseState(binary.AppendUvarint(nil, maxState+1)); !errors.Is(err, errSize) {
		t.Error(err)
	}
}

// ofTables is the state of a copy that has so many tables before it, with names as long
// as there are.
func ofTables(n int) event.State {
	s := event.State{Position: event.Position{Flavor: event.MySQL, File: "b.1", Offset: 4}, Snapshot: &event.Progress{}}
	for i := range n {
		id := schema.ID{Database: strings.Repeat("d", 64), Name: fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))}
		s.Snapshot.Tables = append(s.Snapshot.Tables, &event.TableProgress{ID: id})
	}
	return s
}

// TestForeignState halts in front of a state that is not ours to go on from.
func TestForeignState(t *testing.T) {
	c := fakeCluster(t)
	x, _ := owned(t, c.ListenAddrs(), &raft{session: 5}, nil)
	mustTransact(t, x, shop, 0, 1)
	_ = x.Close()
	f := func(message string, r *raft, change func(*Transactional)) {
		t.Helper()
		x := openTxn(t, c.ListenAddrs(), nil)
		change(x)
		if err := x.Takeover(t.Context(), r); !errors.Is(err, ErrForeignState) || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", message, err)
		}
	}
	f("cluster.name", &raft{session: 6}, func(x *Transactional) { x.cfg.Cluster = "other" })
	f("Kafka cluster", &raft{session: 6}, func(x *Transactional) { x.kafkaID = "other" })
}

// TestStateTopicDeleted ends the sink, and does not make the topic anew.
func TestStateTopicDeleted(t *testing.T) {
	c := fakeCluster(t)
	x, _ := owned(t, c.ListenAddrs(), &raft{}, nil)
	mustTransact(t, x, shop, 0, 1)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrDeleteTopicsRequest()
	deleted := kmsg.NewDeleteTopicsRequestTopic()
	deleted.Topic = &x.stateTopic
	req.TopicNames, req.Topics = []string{x.stateTopic}, append(req.Topics, deleted)
	if _, err := req.RequestWith(t.Context(), cl); err != nil {
		t.Fatal(err)
	}
	err = transact(t.Context(), x, shop, 1, 2)
	if err == nil {
		err = x.Flush(t.Context())
	}
	if !errors.Is(err, ErrStateTopic) || !strings.Contains(err.Error(), "deleted") {
		t.Errorf("got %v", err)
	}
}

// logOf builds what a Fetch returns.
type logOf struct {
	bytes []byte
	next  int64
}

func (l *logOf) add(pid int64, attributes uint16, keys ...string) {
	b := &batch{buf: make([]byte, headerSize)}
	for _, k := range keys {
		b.addPlain([]byte(k), []byte("v"))
	}
	b.frame(nil, attributes, time.UnixMilli(1), nil)
	b.owner = producer{id: pid}
	b.stamp()
	for i := range 8 {
		b.buf[i] = byte(l.next >> (56 - 8*i))
	}
	l.next += int64(len(keys))
	l.bytes = append(l.bytes, b.buf...)
}

const (
	abortMarker  = "\x00\x00\x00\x00"
	commitMarker = "\x00\x00\x00\x01"
)

// TestReadBatches drops control records and aborted transactions, of which one
// producer may have several.
func TestReadBatches(t *testing.T) {
	l := &logOf{}
	l.add(1, attrTransactional, "a", "b")
	l.add(1, attrTransactional|attrControl, commitMarker)
	l.add(1, attrTransactional, "aborted")
	l.add(2, attrTransactional, "c")
	l.add(1, attrTransactional, "aborted")
	l.add(1, attrTransactional|attrControl, abortMarker)
	l.add(1, attrTransactional, "d")
	l.add(2, attrTransactional|attrControl, commitMarker)
	l.add(1, attrTransactional|attrControl, commitMarker)
	l.add(1, attrTransactional, "aborted")
	l.add(1, attrTransactional|attrControl, abortMarker)
	l.add(3, 0, "e", "f")
	aborted := []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 1, FirstOffset: 3}, {ProducerID: 1, FirstOffset: 10}}
	f := func(cut int, from, to int64, want string, end int64) {
		t.Helper()
		got := ""
		next, err := readBatches(l.bytes[:len(l.bytes)-cut], aborted, from, to, func(r record) error {
			got += string(r.key)
			return nil
		})
		if err != nil || got != want || next != end {
			t.Errorf("read %q up to %d, %v; want %q up to %d", got, next, err, want, end)
		}
	}
	f(0, 0, 100, "abcdef", 14)
	f(0, 1, 13, "bcde", 14)
	f(1, 0, 100, "abcd", 12)
	l.bytes[len(l.bytes)-1]++
	if _, err := readBatches(l.bytes, aborted, 0, 100, func(record) error { return nil }); err == nil {
		t.Error("a changed byte is not noticed")
	}
}

func FuzzReadBatches(f *testing.F) {
	l := &logOf{}
	l.add(1, attrTransactional, "a", "b")
	l.add(1, attrTransactional|attrControl, abortMarker)
	f.Add(l.bytes)
	f.Fuzz(func(_ *testing.T, b []byte) {
		for h, rest, ok := cutBatch(b); ok; h, rest, ok = cutBatch(rest) { // behind the checksum
			_ = h.aborts()
			_ = h.records(0, 100, func(record) error { return nil })
		}
	})
}
