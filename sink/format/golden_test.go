package format_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// goldenDir holds what the real Debezium wrote; its README describes it.
const goldenDir = "../../testdata/golden"

// goldenRecord is one line of a case's events.jsonl.
type goldenRecord struct {
	Topic     string
	Partition uint32
	Headers   [][2]string
	Key       *string
	Value     *string
}

// header returns the value of a header, "" when there is none.
func (r *goldenRecord) header(name string) string {
	for _, h := range r.Headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// envelope is the payload of a golden record.
type envelope struct {
	Before, After map[string]any
	Op            string
	TsNs          json.Number `json:"ts_ns"`
	Source        struct {
		TsUs     json.Number `json:"ts_us"`
		TsNs     json.Number `json:"ts_ns"`
		Snapshot event.Snapshot
		DB       string
		Table    string
		ServerID json.Number `json:"server_id"`
		GTID     *string
		File     string
		Pos      json.Number
		Row      json.Number
		Thread   json.Number
		Query    *string
	}
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatalf("decode %.200s: %v", text, err)
	}
}

// payload strips the schema that JsonConverter may put around a payload.
func payload(text string) string {
	var framed struct{ Schema, Payload json.RawMessage }
	if json.Unmarshal([]byte(text), &framed) == nil && framed.Schema != nil {
		return string(framed.Payload)
	}
	return text
}

func goldenRecords(t *testing.T, name string) []goldenRecord {
	t.Helper()
	f, err := os.Open(filepath.Join(goldenDir, name, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []goldenRecord
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 || err != nil && len(line) == 0 {
			return list
		}
		var r goldenRecord
		decode(t, string(line), &r)
		list = append(list, r)
	}
}

func goldenProperties(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(goldenDir, name, "connector.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p map[string]string
	decode(t, string(text), &p)
	return p
}

// unsupported are properties that change records in ways that are not the
// business of this package, or not yet.
var unsupported = regexp.MustCompile(`^(transforms|column\.(mask|truncate)|provide\.transaction|topic\.naming|(key|value)\.converter\.schema\.registry)`)

// goldenConfig translates a case's properties; false when one of them is not
// supported.
func goldenConfig(p map[string]string) (format.Config, bool) {
	for name := range p {
		if unsupported.MatchString(name) {
			return format.Config{}, false
		}
	}
	c := format.Config{
		TopicPrefix: p["topic.prefix"], Connector: "mysql", Version: "3.6.1.Final", TaskID: "0",
		KeySchemas: p["key.converter.schemas.enable"] != "false", ValueSchemas: p["value.converter.schemas.enable"] != "false",
		Tombstones: p["tombstones.on.delete"] != "false", ContextHeaders: p["extended.headers.enabled"] != "false",
		DecimalMode:        format.DecimalMode(p["decimal.handling.mode"]),
		TimeMode:           format.TimeMode(p["time.precision.mode"]),
		BinaryMode:         format.BinaryMode(p["binary.handling.mode"]),
		BigintUnsignedMode: format.BigintUnsignedMode(p["bigint.unsigned.handling.mode"]),
		SchemaNames:        format.NameMode(p["schema.name.adjustment.mode"]),
		FieldNames:         format.NameMode(p["field.name.adjustment.mode"]),
		TimeAdjuster:       p["enable.time.adjuster"] != "false", Query: p["include.query"] == "true",
		CaptureColumn: goldenColumns(p["column.include.list"], p["column.exclude.list"]),
	}
	if strings.Contains(p["connector.class"], "MariaDb") {
		c.Connector, c.Version = "mariadb", "3.5.0.Final"
	}
	if list := p["column.propagate.source.type"] + p["datatype.propagate.source.type"]; list != "" {
		c.PropagateType = func(id schema.ID, column, typeName string) bool {
			return matches(list, id.String()+"."+column) || matches(list, id.String()+"."+typeName)
		}
	}
	if p["converters"] != "" {
		c.Boolean = func(_ schema.ID, c *schema.Column) bool { return c.Length == 1 }
	}
	return c, true
}

func goldenColumns(include, exclude string) func(schema.ID, string) bool {
	return func(id schema.ID, column string) bool {
		name := id.String() + "." + column
		return (include == "" || matches(include, name)) && (exclude == "" || !matches(exclude, name))
	}
}

// matches tells whether one of the regular expressions of a list, separated by
// commas, matches the whole name.
func matches(list, name string) bool {
	for _, item := range strings.Split(list, ",") {
		if regexp.MustCompile(`(?i)^(?:` + item + `)$`).MatchString(name) {
			return true
		}
	}
	return false
}

// TestGolden prints what the payload of every golden record says and expects
// the record, byte for byte. Cases whose records were changed by a transform
// or a converter are left out.
func TestGolden(t *testing.T) {
	cases, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !c.IsDir() {
			continue
		}
		t.Run("case="+c.Name(), func(t *testing.T) {
			properties := goldenProperties(t, c.Name())
			config, ok := goldenConfig(properties)
			if !ok {
				t.Skip("the records are not plain envelopes")
			}
			g := &goldenCase{T: t, config: config, properties: properties}
			records := goldenRecords(t, c.Name())
			g.tables = recordedTables(t, records)
			g.run(records)
		})
	}
}

// goldenCase replays the data topics of one case.
type goldenCase struct {
	*testing.T
	config     format.Config
	properties map[string]string
	tables     map[string][]*schema.Table // versions by database.table
	compared   int
}

func (g *goldenCase) run(records []goldenRecord) {
	for i := range records {
		r := &records[i]
		e, ok := g.envelope(r)
		if !ok || r.header("__debezium.oldkey") != "" {
			continue
		}
		want := []goldenRecord{*r}
		if i+1 < len(records) && records[i+1].Value == nil && records[i+1].Topic == r.Topic && e.Op == "d" {
			want = append(want, records[i+1])
		}
		var create *envelope
		if r.header("__debezium.newkey") != "" {
			var other goldenRecord
			create, other = g.createOf(&e, records)
			want = append(want, other)
		}
		g.compare(want, &e, create)
		g.compared += len(want)
	}
	g.Logf("%d records compared", g.compared)
}

// createOf finds the second half of a key change, which may be in another
// partition, and gives it the envelope time of the first.
func (g *goldenCase) createOf(d *envelope, records []goldenRecord) (*envelope, goldenRecord) {
	for _, r := range records {
		if r.header("__debezium.oldkey") == "" {
			continue
		}
		e, ok := g.envelope(&r)
		if ok && e.Source.Table == d.Source.Table && e.Source.Pos == d.Source.Pos && e.Source.Row == d.Source.Row {
			value := strings.Replace(*r.Value, times(e.TsNs), times(d.TsNs), 1)
			r.Value = &value
			return &e, r
		}
	}
	g.Fatalf("no create belongs to the delete at %s", d.Source.Pos)
	return nil, goldenRecord{}
}

func times(ns json.Number) string {
	s := string(ns)
	return `"ts_ms":` + s[:13] + `,"ts_us":` + s[:16] + `,"ts_ns":` + s
}

// envelope decodes a record of a table; false for others.
func (g *goldenCase) envelope(r *goldenRecord) (e envelope, ok bool) {
	if r.Value == nil || !strings.HasPrefix(r.Topic, g.config.TopicPrefix+".") {
		return e, false
	}
	text := payload(*r.Value)
	if !strings.HasPrefix(text, `{"before":`) {
		return e, false
	}
	decode(g.T, text, &e)
	if e.Source.Snapshot == "incremental" { // its time is a clock's, to the nanosecond
		value := strings.Replace(*r.Value, `"ts_ns":`+string(e.Source.TsNs), `"ts_ns":`+string(e.Source.TsUs)+"000", 1)
		r.Value = &value
	}
	return e, true
}

// compare prints the change with every version of its table until one gives
// the golden records.
func (g *goldenCase) compare(want []goldenRecord, e, create *envelope) {
	id := schema.ID{Database: e.Source.DB, Name: e.Source.Table}
	var first string
	for _, table := range g.tables[id.String()] {
		diff := g.try(g.keyed(table), want, e, create)
		if diff == "" {
			return
		}
		if first == "" {
			first = diff
		}
	}
	g.Errorf("%s %s: no version of %d gives the record; %s", id, e.Op, len(g.tables[id.String()]), first)
}

// keyed applies message.key.columns, of which the golden cases only use plain
// table and column names.
func (g *goldenCase) keyed(t *schema.Table) *schema.Table {
	for _, item := range strings.Split(g.properties["message.key.columns"], ";") {
		name, columns, _ := strings.Cut(item, ":")
		if name != t.ID.String() {
			continue
		}
		keyed := *t
		keyed.Key = nil
		for _, c := range strings.Split(columns, ",") {
			keyed.Key = append(keyed.Key, t.Column(c))
		}
		return &keyed
	}
	return t
}

func (g *goldenCase) try(table *schema.Table, want []goldenRecord, e, create *envelope) string {
	config := g.config
	config.RunID = want[0].header("__debezium.context.runId")
	config.Clock = func() int64 { n, _ := e.TsNs.Int64(); return n }
	j, err := format.NewJSON(config)
	if err != nil {
		g.Fatal(err)
	}
	plan, err := j.Plan(table)
	if err != nil {
		g.Fatal(err)
	}
	rows, err := g.rows(table, e, create)
	if err != nil {
		return err.Error()
	}
	var b format.Batch
	if _, err := plan.Append(&b, rows); err != nil {
		return err.Error()
	}
	b.Records = b.Records[len(b.Records)-min(len(b.Records), len(want)):]
	if d := diffRecords(&b, want); d != "" {
		return d
	}
	return g.diffPartitions(&b, want)
}

// diffPartitions compares the partitions that Kafka's Java client chose, where
// the case has more than one.
func (g *goldenCase) diffPartitions(b *format.Batch, want []goldenRecord) string {
	n, err := strconv.ParseUint(g.properties["topic.creation.default.partitions"], 10, 32)
	if err != nil || want[0].Key == nil {
		return ""
	}
	for i, r := range b.Records {
		if r.Hash%uint32(n) != want[i].Partition {
			return "partition " + strconv.Itoa(int(r.Hash%uint32(n))) + ", want " + strconv.Itoa(int(want[i].Partition))
		}
	}
	return ""
}

// rows rebuilds the row event behind a golden record: the row before it in the
// event are copies of it, so that its number is right.
func (g *goldenCase) rows(table *schema.Table, e, create *envelope) (*event.Rows, error) {
	m := event.Meta{File: e.Source.File, Snapshot: e.Source.Snapshot, Txn: &event.Txn{}}
	if m.Snapshot == "false" {
		m.Snapshot = ""
	}
	m.Micros, _ = e.Source.TsUs.Int64()
	pos, _ := e.Source.Pos.Int64()
	server, _ := e.Source.ServerID.Int64()
	m.Pos, m.ServerID = uint64(pos), uint32(server)
	if e.Source.GTID != nil {
		m.Txn.GTID = *e.Source.GTID
	}
	if thread, err := e.Source.Thread.Int64(); err == nil {
		m.Txn.Thread, m.Txn.HasThread = uint32(thread), true
	}
	if e.Source.Query != nil {
		m.Query = *e.Source.Query
	}
	r := &event.Rows{Table: table, Op: event.Op(e.Op[0]), Meta: m}
	after := e.After
	if create != nil {
		r.Op, after = event.Update, create.After
	}
	var change rowChange
	var err error
	if change.before, err = g.row(table, e.Before, r.Op); err != nil {
		return nil, err
	}
	if change.after, err = g.row(table, after, r.Op); err != nil {
		return nil, err
	}
	n, _ := e.Source.Row.Int64()
	reader := &sliceReader{}
	for range n + 1 {
		reader.changes = append(reader.changes, change)
	}
	r.Reader = reader
	return r, nil
}

// diffRecords compares the last records of a batch with the golden ones.
func diffRecords(b *format.Batch, want []goldenRecord) string {
	if len(b.Records) != len(want) {
		return strconv.Itoa(len(b.Records)) + " records, want " + strconv.Itoa(len(want))
	}
	for i := range want {
		w := &want[i]
		if b.Records[i].Topic.Name != w.Topic {
			return "topic " + b.Records[i].Topic.Name + ", want " + w.Topic
		}
		if d := diffBytes("key", b.Key(i), w.Key); d != "" {
			return d
		}
		if d := diffBytes("value", b.Value(i), w.Value); d != "" {
			return d
		}
		if got := decodeHeaders(b.Records[i].Headers); !equalHeaders(got, w.Headers) {
			return "headers " + strconv.Quote(strings.Join(flatten(got), " ")) + ", want " + strconv.Quote(strings.Join(flatten(w.Headers), " "))
		}
	}
	return ""
}

func diffBytes(what string, got []byte, want *string) string {
	switch {
	case want == nil && got == nil:
		return ""
	case want == nil:
		return what + " is not null"
	case got == nil:
		return what + " is null"
	}
	w := *want
	i := 0
	for i < len(got) && i < len(w) && got[i] == w[i] {
		i++
	}
	if i == len(got) && i == len(w) {
		return ""
	}
	from := max(0, i-60)
	return what + ": got …" + string(got[from:min(len(got), i+60)]) + "…, want …" + w[from:min(len(w), i+60)] + "…"
}
