package format_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
	"cdcd/sink/format"
)

// envelope is the payload of a golden record.
type envelope struct {
	Before, After map[string]any
	Op            string
	TSNs          json.Number `json:"ts_ns"`
	Source        struct {
		TSUs     json.Number `json:"ts_us"`
		TSNs     json.Number `json:"ts_ns"`
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
		c.Connector = "mariadb"
	}
	if list := p["column.propagate.source.type"] + p["datatype.propagate.source.type"]; list != "" {
		c.Mappers = []format.Mapper{{Action: format.PropagateType(), Matches: func(id schema.ID, column, typeName string) bool {
			return matches(list, id.String()+"."+column) || matches(list, id.String()+"."+typeName)
		}}}
	}
	if p["converters"] != "" {
		c.Convert = func(_ schema.ID, c *schema.Column) (format.Conversion, error) {
			if c.Type == schema.TypeTinyInt && c.Length == 1 {
				return format.TinyIntToBoolean(), nil
			}
			return format.Conversion{}, nil
		}
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
	for item := range strings.SplitSeq(list, ",") {
		if regexp.MustCompile(`(?i)^(?:` + item + `)$`).MatchString(name) {
			return true
		}
	}
	return false
}

// TestGolden prints what the payload of every golden record says and expects
// the record, byte for byte: once with the tables that Debezium recorded in its
// history topic, once with those that package schema makes of the statements.
// Cases whose records were changed by a transform are left out.
func TestGolden(t *testing.T) {
	names, err := golden.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run("tables=recorded/case="+name, func(t *testing.T) { testGolden(t, name, recordedTables) })
		t.Run("tables=parsed/case="+name, func(t *testing.T) { testGolden(t, name, parsedTables) })
	}
}

func testGolden(t *testing.T, name string, tables func(*testing.T, *golden.Case) map[string][]*schema.Table) {
	t.Helper()
	c, err := golden.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	config, ok := goldenConfig(c.Config)
	if !ok {
		t.Skip("the records are not plain envelopes")
	}
	g := &goldenCase{T: t, Case: c, config: config, tables: tables(t, c)}
	g.run()
}

// goldenCase replays the data topics of one case.
type goldenCase struct {
	*testing.T
	*golden.Case
	config   format.Config
	tables   map[string][]*schema.Table // versions by database.table
	compared int
}

func (g *goldenCase) run() {
	for i := range g.Records {
		r := &g.Records[i]
		e, ok := g.envelope(r)
		if !ok || header(r, "__debezium.oldkey") != "" {
			continue
		}
		want := []golden.Record{*r}
		if i+1 < len(g.Records) && g.Records[i+1].Value == nil && g.Records[i+1].Topic == r.Topic && e.Op == "d" {
			want = append(want, g.Records[i+1])
		}
		var create *envelope
		if header(r, "__debezium.newkey") != "" {
			var other golden.Record
			create, other = g.createOf(&e)
			want = append(want, other)
		}
		g.compare(want, &e, create)
		g.compared += len(want)
	}
	if g.compared != len(g.Data()) {
		g.Errorf("%d of %d records compared", g.compared, len(g.Data()))
	}
}

// createOf finds the second half of a key change, which may be in another
// partition.
func (g *goldenCase) createOf(d *envelope) (*envelope, golden.Record) {
	for i := range g.Records {
		r := &g.Records[i]
		if header(r, "__debezium.oldkey") == "" {
			continue
		}
		e, ok := g.envelope(r)
		if ok && e.Source.Table == d.Source.Table && e.Source.Pos == d.Source.Pos && e.Source.Row == d.Source.Row {
			return &e, *r
		}
	}
	g.Fatalf("no create belongs to the delete at %s", d.Source.Pos)
	return nil, golden.Record{}
}

// header returns the value of a header, "" when there is none.
func header(r *golden.Record, name string) string {
	for _, h := range r.Headers {
		if h.Name == name && h.Value != nil {
			return *h.Value
		}
	}
	return ""
}

// envelope decodes a record of a table; false for others.
func (g *goldenCase) envelope(r *golden.Record) (e envelope, ok bool) {
	if r.Value == nil || !strings.HasPrefix(r.Topic, g.config.TopicPrefix+".") {
		return e, false
	}
	text := payload(*r.Value)
	if !strings.HasPrefix(text, `{"before":`) {
		return e, false
	}
	decode(g.T, text, &e)
	if e.Source.Snapshot == "incremental" { // its time is a clock's, to the nanosecond
		value := strings.Replace(*r.Value, `"ts_ns":`+string(e.Source.TSNs), `"ts_ns":`+string(e.Source.TSUs)+"000", 1)
		r.Value = &value
	}
	return e, true
}

// compare prints the change with every version of its table until one gives
// the golden records.
func (g *goldenCase) compare(want []golden.Record, e, create *envelope) {
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
	for item := range strings.SplitSeq(g.Config["message.key.columns"], ";") {
		name, columns, _ := strings.Cut(item, ":")
		if name != t.ID.String() {
			continue
		}
		keyed := *t
		keyed.Key = nil
		for c := range strings.SplitSeq(columns, ",") {
			keyed.Key = append(keyed.Key, t.Column(c))
		}
		return &keyed
	}
	return t
}

func (g *goldenCase) try(table *schema.Table, want []golden.Record, e, create *envelope) string {
	j, err := format.NewJSON(g.config)
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
	mask := golden.Mask{MariaDB: g.config.Connector == "mariadb"}
	return mask.Diff(want, g.records(&b)[max(0, len(b.Records)-len(want)):])
}

// records reads a batch as Kafka would hold it.
func (g *goldenCase) records(b *format.Batch) []golden.Record {
	partitions, err := strconv.ParseUint(g.Config["topic.creation.default.partitions"], 10, 32)
	if err != nil {
		partitions = 1
	}
	list := make([]golden.Record, len(b.Records))
	for i, r := range b.Records {
		list[i] = golden.Record{
			Topic: r.Topic.Name, Partition: int32(r.Hash % uint32(partitions)), Headers: decodeHeaders(r.Headers),
			Key: nullable(b.Key(i)), Value: nullable(b.Value(i)),
		}
	}
	return list
}

func nullable(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

// rows rebuilds the row event behind a golden record: the row before it in the
// event are copies of it, so that its number is right.
func (g *goldenCase) rows(table *schema.Table, e, create *envelope) (*event.Rows, error) {
	m := event.Meta{File: e.Source.File, Snapshot: e.Source.Snapshot, Txn: &event.Txn{}}
	if m.Snapshot == "false" {
		m.Snapshot = ""
	}
	m.Micros, _ = e.Source.TSUs.Int64()
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
