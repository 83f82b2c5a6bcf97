package format

import (
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// SchemaChange is what one record of the schema change topic says.
type SchemaChange struct {
	Meta     *event.Meta // of the statement
	Database string      // which the change is of
	SourceDB string      // which its tables are of
	Tables   *string     // names of those, nil for none
	DDL      string
	Type     string        // CREATE, ALTER or DROP, "" when no table's shape is in it
	ID       schema.ID     // of the table
	Table    *schema.Table // nil for DROP
}

// SchemaChanges prints the records of the schema change topic. It is immutable.
// Source: EventDispatcher.SchemaChangeEventReceiver, ConnectTableChangeSerializer.
type SchemaChanges struct {
	json       *JSON
	topic      *Topic
	key, value frame
}

// SchemaChanges returns the printer of the schema change topic.
func (j *JSON) SchemaChanges() *SchemaChanges {
	database := node{kind: "string", field: "databaseName"}
	prefix := "io.debezium.connector." + j.cfg.Connector + "."
	key := logical("struct", schemaName(j.cfg.SchemaNames, prefix+"SchemaChangeKey"))
	key.fields = []node{database}
	value := logical("struct", schemaName(j.cfg.SchemaNames, prefix+"SchemaChangeValue"))
	change := changeSchema()
	value.fields = []node{
		j.source.as("source"),
		{kind: "int64", field: "ts_ms"},
		database.maybe(),
		optionalText("schemaName"),
		optionalText("ddl"),
		{kind: "array", items: &change, field: "tableChanges"},
	}
	return &SchemaChanges{
		json: j, topic: j.intern(j.cfg.TopicPrefix), key: newFrame(j.cfg.KeySchemas, key), value: newFrame(j.cfg.ValueSchemas, value),
	}
}

func optionalText(field string) node { return node{kind: "string", optional: true, field: field} }

func optional(kind, field string) node { return node{kind: kind, optional: true, field: field} }

// changeSchema is the schema of an entry of tableChanges.
func changeSchema() node {
	text := node{kind: "string"}
	column := logical("struct", "io.debezium.connector.schema.Column")
	column.fields = []node{
		{kind: "string", field: "name"},
		{kind: "int32", field: "jdbcType"},
		optional("int32", "nativeType"),
		{kind: "string", field: "typeName"},
		optionalText("typeExpression"),
		optionalText("charsetName"),
		optional("int32", "length"),
		optional("int32", "scale"),
		{kind: "int32", field: "position"},
		optional("boolean", "optional"),
		optional("boolean", "autoIncremented"),
		optional("boolean", "generated"),
		optionalText("comment"),
		optionalText("defaultValueExpression"),
		{kind: "array", items: &text, optional: true, field: "enumValues"},
	}
	table := logical("struct", "io.debezium.connector.schema.Table").maybe()
	table.fields = []node{
		optionalText("defaultCharsetName"),
		{kind: "array", items: &text, optional: true, field: "primaryKeyColumnNames"},
		{kind: "array", items: &column, field: "columns"},
		optionalText("comment"),
	}
	change := logical("struct", "io.debezium.connector.schema.Change")
	change.fields = []node{{kind: "string", field: "type"}, {kind: "string", field: "id"}, table.as("table")}
	return change
}

// Append appends a record, for partition 0. Records of one statement are numbered.
func (s *SchemaChanges) Append(b *Batch, c *SchemaChange, number int) error {
	e := b.open(s.topic)
	e.record.Headers, e.record.Row = s.json.headers, int32(number)
	b.Data = append(append(b.Data, s.key.open...), `{"databaseName":`...)
	b.Data = append(append(appendString(b.Data, []byte(c.Database)), '}'), s.key.end...)
	e.keyed()
	e.first()
	dst := append(append(b.Data, s.value.open...), '{')
	dst = s.appendSource(dst, c)
	dst = append(dst, `,"ts_ms":`...)
	dst = strconv.AppendInt(dst, floorDiv(s.json.cfg.Clock(), 1e6), 10)
	dst = appendStringMember(dst, "databaseName", c.Database)
	dst = append(dst, `,"schemaName":null`...)
	dst = appendStringMember(dst, "ddl", c.DDL)
	dst = append(dst, `,"tableChanges":[`...)
	dst = s.appendChange(dst, c)
	b.Data = append(append(dst, "]}"...), s.value.end...)
	return e.close()
}

// appendSource prints the source block. Its time is in whole milliseconds.
func (s *SchemaChanges) appendSource(dst []byte, c *SchemaChange) []byte {
	parts := s.json.sourceParts(schema.ID{Database: c.SourceDB})
	parts.head = parts.head[1:] // the comma
	if c.Tables == nil {
		parts.table = []byte(`,"table":null,"server_id":`)
	} else {
		parts.table = append(appendStringMember(nil, "table", *c.Tables), `,"server_id":`...)
	}
	meta := *c.Meta
	meta.Query = ""
	meta.Micros = floorDiv(eventMicros(&meta), 1000) * 1000
	if meta.Txn != nil {
		txn := *meta.Txn
		txn.CommitMicros = 0
		meta.Txn = &txn
	}
	dst = parts.appendHead(dst, &meta)
	dst = append(dst, '0')
	return parts.appendTail(dst, &meta)
}

func (s *SchemaChanges) appendChange(dst []byte, c *SchemaChange) []byte {
	if c.Type == "" {
		return dst
	}
	dst = appendString(append(dst, `{"type":`...), []byte(c.Type))
	dst = appendStringMember(dst, "id", doubleQuoted(c.ID.Database)+"."+doubleQuoted(c.ID.Name))
	dst = append(dst, `,"table":`...)
	if c.Table == nil {
		dst = append(dst, "null"...)
	} else {
		dst = s.appendTable(dst, c.Table)
	}
	return append(dst, '}')
}

func doubleQuoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (s *SchemaChanges) appendTable(dst []byte, t *schema.Table) []byte {
	dst = append(dst, `{"defaultCharsetName":`...)
	dst = appendTextOrNull(dst, t.Charset)
	dst = append(dst, `,"primaryKeyColumnNames":[`...)
	for i, column := range t.Key {
		dst = appendComma(dst, i)
		dst = appendString(dst, []byte(t.Columns[column].Name))
	}
	dst = append(dst, `],"columns":[`...)
	n := 0
	for i := range t.Columns {
		if c := &t.Columns[i]; !c.Implicit {
			dst = s.appendColumn(appendComma(dst, n), c, n+1)
			n++
		}
	}
	dst = append(dst, `],"comment":`...)
	dst = append(s.appendComment(dst, t.Comment, t.Comment != ""), '}')
	return dst
}

func (s *SchemaChanges) appendColumn(dst []byte, c *schema.Column, position int) []byte {
	name := typeName(c)
	auto := c.AutoIncrement || c.OnUpdate && s.json.cfg.Connector == "mysql" // so its parser says
	dst = appendString(append(dst, `{"name":`...), []byte(c.Name))
	dst = append(dst, `,"jdbcType":`...)
	dst = strconv.AppendInt(dst, int64(jdbcType(c)), 10)
	dst = append(dst, `,"nativeType":null`...)
	dst = appendStringMember(dst, "typeName", name)
	dst = appendStringMember(dst, "typeExpression", name)
	dst = append(dst, `,"charsetName":`...)
	dst = appendTextOrNull(dst, c.Charset)
	dst = append(dst, `,"length":`...)
	dst = appendNumber(dst, typeLength(c))
	dst = append(dst, `,"scale":`...)
	dst = appendNumber(dst, typeScale(c))
	dst = append(dst, `,"position":`...)
	dst = strconv.AppendInt(dst, int64(position), 10)
	dst = append(dst, `,"optional":`...)
	dst = strconv.AppendBool(dst, c.Nullable)
	dst = append(dst, `,"autoIncremented":`...)
	dst = strconv.AppendBool(dst, auto)
	dst = append(dst, `,"generated":`...) // not by GENERATED ALWAYS
	dst = strconv.AppendBool(dst, auto)
	dst = append(dst, `,"comment":`...)
	dst = s.appendComment(dst, c.Comment, c.Commented())
	dst = append(dst, `,"defaultValueExpression":`...)
	dst = appendDefaultText(dst, c)
	dst = append(dst, `,"enumValues":`...)
	return append(appendMembers(dst, c.Members), '}')
}

func appendMembers(dst []byte, members []string) []byte {
	if len(members) == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, m := range members {
		dst = appendComma(dst, i)
		dst = appendString(dst, []byte("'"+strings.ReplaceAll(m, "'", "''")+"'"))
	}
	return append(dst, ']')
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

// appendTextOrNull prints text, null when it is empty.
func appendTextOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return appendString(dst, []byte(s))
}

// appendNumber prints a number, null when it is negative.
func appendNumber(dst []byte, n int) []byte {
	if n < 0 {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendComment prints a comment, null where none was given.
func (s *SchemaChanges) appendComment(dst []byte, comment string, given bool) []byte {
	if !given || !s.json.comments {
		return append(dst, "null"...)
	}
	return appendString(dst, []byte(comment))
}

// appendDefaultText prints a default as Debezium's parser keeps it.
func appendDefaultText(dst []byte, c *schema.Column) []byte {
	d := c.Default
	if d.Kind == schema.DefaultNow {
		return append(dst, `"1970-01-01 00:00:00"`...)
	}
	if d.Kind != schema.DefaultLiteral {
		return append(dst, "null"...)
	}
	text := d.Text
	if c.Type == schema.TypeBit && strings.HasPrefix(text, "b'") {
		text = strings.TrimSuffix(text[len("b'"):], "'")
	}
	return appendString(dst, []byte(text))
}

// The type codes of java.sql.Types.
const (
	jdbcBit       = -7
	jdbcBigInt    = -5
	jdbcVarbinary = -3
	jdbcBinary    = -2
	jdbcChar      = 1
	jdbcNumeric   = 2
	jdbcDecimal   = 3
	jdbcInteger   = 4
	jdbcSmallInt  = 5
	jdbcFloat     = 6
	jdbcReal      = 7
	jdbcDouble    = 8
	jdbcVarchar   = 12
	jdbcBoolean   = 16
	jdbcDate      = 91
	jdbcTime      = 92
	jdbcTimestamp = 93
	jdbcOther     = 1111
	jdbcBlob      = 2004
	jdbcZoned     = 2014
	jdbcNChar     = -15
	jdbcNVarchar  = -9
)

// jdbcType is the code of a column's type. Source: MySqlAntlrDdlParser.
func jdbcType(c *schema.Column) int {
	switch c.TypeText {
	case "NCHAR", "NATIONAL CHAR", "NATIONAL CHARACTER":
		return jdbcNChar
	case "NVARCHAR", "NATIONAL VARCHAR", "NCHAR VARCHAR", "NCHAR VARYING", "NATIONAL CHAR VARYING":
		return jdbcNVarchar
	case "NUMERIC":
		return jdbcNumeric
	}
	switch c.Type {
	case schema.TypeBool:
		return jdbcBoolean
	case schema.TypeTinyInt, schema.TypeSmallInt:
		return jdbcSmallInt
	case schema.TypeMediumInt, schema.TypeInt, schema.TypeYear:
		return jdbcInteger
	case schema.TypeBigInt:
		return jdbcBigInt
	case schema.TypeFloat:
		return jdbcFloat
	case schema.TypeDouble:
		return jdbcDouble
	case schema.TypeReal:
		return jdbcReal
	case schema.TypeDecimal:
		return jdbcDecimal
	case schema.TypeBit:
		return jdbcBit
	case schema.TypeDate:
		return jdbcDate
	case schema.TypeTime:
		return jdbcTime
	case schema.TypeDatetime:
		return jdbcTimestamp
	case schema.TypeTimestamp:
		return jdbcZoned
	}
	return jdbcBytes(c.Type)
}

func jdbcBytes(t schema.Type) int {
	switch t {
	case schema.TypeChar, schema.TypeEnum, schema.TypeSet:
		return jdbcChar
	case schema.TypeVarchar, schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText:
		return jdbcVarchar
	case schema.TypeBinary:
		return jdbcBinary
	case schema.TypeVarbinary:
		return jdbcVarbinary
	case schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		return jdbcBlob
	}
	return jdbcOther
}
