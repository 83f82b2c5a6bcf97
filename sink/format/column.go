package format

import (
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// column is how one column is printed. The constructor of each type family
// fills what the family has; [JSON.column] completes it from the column's
// nullability and DEFAULT clause.
type column struct {
	schema node
	accept kinds // the value kinds that the encoders can print

	encode encoder // a streamed value
	read   encoder // the same from a snapshot or a DEFAULT clause, where Debezium prints it differently; nil: encode
	header encoder // the same inside a header, as SimpleHeaderConverter prints it; nil: encode

	required *required // how it is printed in a column that cannot be NULL; nil: as in any other
	misfit   error     // there, where an encoder prints nothing; nil: NULL's stand-in is printed

	// literal reads the text of a DEFAULT clause; false when it means nothing.
	// A nil literal means that Debezium drops the defaults of this type.
	literal  func(d schema.Default) (event.Value, bool)
	exact    func(d schema.Default) (event.Value, bool) // the same as the server reads it; nil: literal
	zero     []byte                                     // stands for NULL in a column that cannot be NULL and has no default
	absent   []byte                                     // stands for a value that the row image leaves out; nil: the type has no such value
	null     []byte                                     // stands for NULL and for values without a meaning
	fallback []byte                                     // what a conversion prints for NULL; nil: what is usual
	standIn  bool                                       // null is a default, printed for what is NULL in Connect's Struct
}

// An encoder appends the JSON of a value to dst. It returns nil when the value
// has no meaning to Kafka Connect (a zero date), which prints as NULL does.
type encoder func(dst []byte, v *event.Value) []byte

// required are the encoders of a column that cannot be NULL, of a type with values
// that print as NULL elsewhere.
type required struct {
	encode encoder
	header encoder // nil: encode
}

// require has the column print what it cannot print as NULL.
func (col *column) require(c *schema.Column) {
	if c.Nullable || col.required == nil {
		col.misfit = nil
		return
	}
	col.encode, col.read, col.header = col.required.encode, col.required.encode, col.required.header
	if col.header == nil {
		col.header = col.encode
	}
}

// kinds is a set of value kinds.
type kinds uint32

func kindsOf(list ...event.Kind) (k kinds) {
	for _, kind := range list {
		k |= 1 << kind
	}
	return k
}

func (k kinds) has(kind event.Kind) bool { return k>>kind&1 != 0 }

// column compiles one column. An error names the column.
// Source: BinlogValueConverters.schemaBuilder, TableSchemaBuilder.addField.
func (j *JSON) column(id schema.ID, c *schema.Column) (column, error) {
	col, err := j.family(id, c)
	if err != nil {
		return column{}, err
	}
	col.schema.optional = col.schema.optional || c.Nullable
	col.schema.field = fieldName(j.cfg.FieldNames, c.Name)
	if j.comments && c.Commented() {
		col.schema.doc = &c.Comment
	}
	if col.read == nil {
		col.read = col.encode
	}
	if col.header == nil {
		col.header = col.encode
	}
	if err := col.setDefault(c); err != nil {
		return column{}, err
	}
	col.require(c)
	col.setNull(c, j.cfg.KeepNulls)
	col.setFallback()
	return col, nil
}

// setDefault renders the DEFAULT clause. It goes through the converter of
// values; one that comes out as NULL is dropped from a nullable column and is
// the type's zero elsewhere.
// Source: BinlogDefaultValueConverter, TableSchemaBuilder.
func (col *column) setDefault(c *schema.Column) error {
	if col.literal == nil {
		return nil
	}
	d := c.Default
	switch d.Kind {
	case schema.DefaultLiteral:
	case schema.DefaultNow:
		d.Text = "1970-01-01 00:00:00"
	default:
		return nil
	}
	v, ok := col.literal(d)
	if !ok {
		return fmt.Errorf("column %s: its DEFAULT does not fit the type %s", c.Name, c.TypeText)
	}
	col.schema.def = col.read(nil, &v)
	if col.schema.def == nil && !c.Nullable {
		col.schema.def = col.zero
	}
	return nil
}

// setNull decides what NULL prints. The default standing in for NULL is what
// JsonConverter does with replace.null.with.default, which is on by default.
// Source: JsonConverter.convertToJson, JdbcValueConverters.convertValue.
func (col *column) setNull(c *schema.Column, keepNulls bool) {
	switch {
	case c.Nullable && (keepNulls || col.schema.def == nil):
		col.null = []byte("null")
	case col.schema.def != nil:
		col.null, col.standIn = col.schema.def, c.Nullable
	default:
		col.null = col.zero
	}
}

// setFallback puts what a conversion has for NULL in its place, and in that of the
// default.
func (col *column) setFallback() {
	if col.fallback == nil {
		return
	}
	if col.null, col.standIn = col.fallback, false; col.schema.def != nil {
		col.schema.def = col.fallback
	}
	if string(col.fallback) == "null" {
		col.schema.def = nil
	}
}

// family hands the column to the file of its type.
func (j *JSON) family(id schema.ID, c *schema.Column) (column, error) {
	if j.cfg.Convert != nil {
		conversion, err := j.cfg.Convert(id, c)
		if err != nil {
			return column{}, fmt.Errorf("column %s: %w", c.Name, err)
		}
		if conversion.column != nil {
			return conversion.column(j, c)
		}
	}
	switch c.Type {
	case schema.TypeBool:
		return j.boolean(), nil
	case schema.TypeTinyInt, schema.TypeSmallInt, schema.TypeMediumInt, schema.TypeInt, schema.TypeBigInt:
		return j.integer(c), nil
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		return j.float(c), nil
	case schema.TypeDecimal:
		return j.decimal(c), nil
	case schema.TypeBit:
		return j.bit(c), nil
	case schema.TypeYear:
		return j.year(), nil
	case schema.TypeDate:
		return j.date(), nil
	case schema.TypeTime:
		return j.time(), nil
	case schema.TypeDatetime:
		return j.datetime(c), nil
	case schema.TypeTimestamp:
		return j.timestamp(c), nil
	case schema.TypeChar, schema.TypeVarchar, schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText:
		return j.text(), nil
	case schema.TypeBinary, schema.TypeVarbinary, schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		return j.binary(c), nil
	case schema.TypeEnum:
		return j.enum(c), nil
	case schema.TypeSet:
		return j.set(c), nil
	case schema.TypeJSON:
		return j.document(), nil
	case schema.TypePoint:
		return j.point(), nil
	case schema.TypeGeometry, schema.TypeLineString, schema.TypePolygon, schema.TypeMultiPoint,
		schema.TypeMultiLineString, schema.TypeMultiPolygon, schema.TypeGeometryCollection:
		return j.geometry(), nil
	case schema.TypeVector:
		return j.vector(), nil
	case schema.TypeUUID:
		return j.uuid(), nil
	case schema.TypeInet4:
		return j.inet(4), nil
	case schema.TypeInet6:
		return j.inet(16), nil
	case schema.TypeUnknown:
	}
	return column{}, fmt.Errorf("column %s: type %s has no Kafka Connect type", c.Name, c.TypeText)
}
