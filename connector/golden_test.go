package connector

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// Every recorded binlog, replayed through tailer, tracker, pipeline and plans,
// gives the data records that Debezium wrote.
func TestGolden_Replay(t *testing.T) {
	names, err := golden.All()
	if err != nil {
		t.Fatal(err)
	}
	golden.Each(t, names, func(t *testing.T, c *golden.Case) {
		t.Helper()
		if golden.Copies(c.Config) {
			t.Skip("rows were copied: see TestGolden_Live")
		}
		if _, ok := died[c.Name]; ok {
			t.Skip("Debezium's task died: see TestGolden_TaskDied")
		}
		cfg, _, err := ParseConfig(c.Name, c.Config)
		if err != nil {
			t.Fatal(err)
		}
		want := c.Happened(slices.Concat(c.Data(), c.Transactions(), c.Topic(cfg.Heartbeat.Topic), c.Topic(cfg.Format.TopicPrefix)))
		got, err := replayCase(t, c, cfg)
		if err != nil {
			t.Fatal(err)
		}
		mask := golden.Mask{MariaDB: cfg.Flavor == event.MariaDB}
		if d := mask.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
	for _, name := range slices.Sorted(maps.Keys(golden.Left)) {
		if !slices.Contains(names, name) {
			t.Errorf("Left names %q, which is no case", name)
		}
	}
}

// replayCase returns the records that the case's binlog gives, and what stops
// it before its end.
func replayCase(t *testing.T, c *golden.Case, cfg Config) ([]golden.Record, error) {
	t.Helper()
	tracker := schema.New()
	statements, err := c.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.SchemaChanges.OnlyTables { // the history has no databases then
		for name := range strings.SplitSeq(c.Config["database.include.list"], ",") {
			tracker.SetDatabase(name, "utf8mb4", "utf8mb4_0900_ai_ci")
		}
	}
	texts := map[schema.ID]string{}
	for _, s := range statements {
		if m := serverDefault.FindStringSubmatch(s.Text); m != nil {
			tracker.SetDatabase("", m[1], m[2])
		}
		changes, err := tracker.Apply(schema.DDL{Database: s.Database, Statement: s.Text})
		if err != nil {
			t.Fatalf("%.200s: %v", s.Text, err)
		}
		for _, made := range changes {
			texts[made.ID] = s.Text
		}
	}
	paths, err := c.Binlogs()
	if err != nil {
		t.Fatal(err)
	}
	if name := c.Name; earlier[name] > 0 {
		c.Start = earlier[name]
	}
	files, err := binlog.OpenFiles(binlog.Config{
		Flavor: cfg.Flavor, Tables: tracker, Capture: cfg.Filter.Table, Queries: cfg.Format.Query, Parts: cfg.SchemaChanges.Publish,
		Start: event.Position{Flavor: cfg.Flavor, File: c.BinlogFile, Offset: c.Start},
	}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	source := &byBinlog{Source: files}
	cfg.Format.RunID = "run"
	encoder, err := format.NewJSON(cfg.Format)
	if err != nil {
		t.Fatal(err)
	}
	out := &collector{partitions: uint32(max(1, cfg.Topics.Partitions))}
	p := newPipeline(t, source, out, encoder, 1<<20)
	p.version, p.capture = tracker.Version, cfg.Filter.Table
	p.counted, p.changes = newCounted(cfg.TransactionTopic, encoder), newSchemaChanges(cfg, encoder)
	if p.beats = newHeartbeats(cfg.Heartbeat, encoder); p.beats != nil {
		p.beats.now = func() time.Time { return source.now }
	}
	if p.changes != nil {
		var found format.Batch
		for i, r := range p.changes.found(tracker.Versions(), func(id schema.ID) string { return texts[id] }, event.Position{File: c.BinlogFile, Offset: c.Start}, event.LastRow) {
			if err := p.changes.printer.Append(&found, &r, i); err != nil {
				t.Fatal(err)
			}
		}
		if err := out.Append(t.Context(), &found); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		return out.records, err
	}
	return out.records, nil
}

var serverDefault = regexp.MustCompile(`^SET character_set_server=(\S+), collation_server=(\S+)$`)

// earlier is where reading began before run.sql did.
var earlier = map[string]uint64{"heartbeat": 1049} // with the first run of the action

// byBinlog is a source that knows what time it was when a transaction was committed.
type byBinlog struct {
	Source
	now time.Time
}

func (s *byBinlog) Next(ctx context.Context) (event.Item, error) {
	item, err := s.Source.Next(ctx)
	if c, ok := item.(event.Commit); ok && c.Micros > 0 {
		s.now = time.UnixMicro(c.Micros)
	}
	return item, err
}

// collector is a sink that keeps records as a consumer would see them.
type collector struct {
	partitions uint32
	records    []golden.Record
}

func (c *collector) Takeover(context.Context, sink.Owner) error { return nil }

func (c *collector) Append(_ context.Context, b *format.Batch) error {
	for i, r := range b.Records {
		c.records = append(c.records, golden.Record{
			Topic: r.Topic.Name, Partition: int32(r.Hash % c.partitions), Headers: readHeaders(r.Headers),
			Key: textOrNil(b.Key(i)), Value: textOrNil(b.Value(i)),
		})
	}
	return nil
}

func (c *collector) Commit(context.Context, event.State) error { return nil }
func (c *collector) Flush(context.Context) error               { return nil }
func (c *collector) Close() error                              { return nil }

func textOrNil(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

// readHeaders decodes the headers of a v2 record.
func readHeaders(b []byte) []golden.Header {
	r := bytes.NewReader(b)
	out := make([]golden.Header, varint(r))
	for i := range out {
		name := make([]byte, varint(r))
		_, _ = io.ReadFull(r, name)
		out[i].Name = string(name)
		if n := varint(r); n >= 0 {
			value := make([]byte, n)
			_, _ = io.ReadFull(r, value)
			out[i].Value = textOrNil(value)
		}
	}
	return out
}

func varint(r io.ByteReader) int64 {
	n, err := binary.ReadVarint(r)
	if err != nil {
		return 0
	}
	return n
}
