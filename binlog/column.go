package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// column is one column of a rowsPlan: how to decode it, and what the decoding
// function needs to know. Fields that the function does not use are zero.
type column struct {
	name    string
	decode  decodeFunc
	kind    event.Kind // of what decodeBytes and decodeText yield
	size    int        // bytes of the value, or of the length before it
	fsp     int        // fraction digits of temporal types
	members int        // of ENUM and SET
	charset *charset
	decimal decimalShape
}

// decodeFunc decodes one value that is not NULL from the cursor into v. Errors
// never name bytes of the value.
type decodeFunc func(c *column, r *cursor, v *event.Value) error

var errColumnType = errors.New("the type in the binlog does not fit the definition")

// compileColumn prepares the decoding of column i.
func compileColumn(def *schema.Column, w schema.WireColumn, meta *schema.Metadata, i int) (column, error) {
	if !fits(def.Type, w.Type) {
		return column{}, fmt.Errorf("%w: type %d for %s", errColumnType, w.Type, def.TypeText)
	}
	if meta != nil {
		if err := checkMetadata(def, w, meta, i); err != nil {
			return column{}, err
		}
	}
	c := column{name: def.Name}
	if err := c.compile(def, w); err != nil {
		return column{}, err
	}
	return c, nil
}

// compile chooses the decoding function by the type on the wire.
func (c *column) compile(def *schema.Column, w schema.WireColumn) error {
	switch w.Type {
	case wireTiny, wireShort, wireInt24, wireLong, wireLongLong:
		c.compileInt(def, w)
	case wireFloat:
		c.decode = decodeFloat32
	case wireDouble:
		c.decode = decodeFloat64
	case wireNewDecimal:
		return c.compileDecimal(def, w)
	case wireBit:
		return c.compileBit(w)
	case wireYear:
		c.decode = decodeYear
	case wireEnum, wireSet:
		return c.compileMembers(def, w)
	case wireDate, wireNewDate, wireTime, wireDatetime, wireTimestamp, wireTime2, wireDatetime2, wireTimestamp2:
		return c.compileTemporal(def, w)
	default:
		return c.compileBytes(def, w)
	}
	return nil
}

// fits reports whether a column defined as t may travel as type w.
func fits(t schema.Type, w uint8) bool {
	switch t {
	case schema.TypeBool, schema.TypeTinyInt:
		return w == wireTiny
	case schema.TypeSmallInt:
		return w == wireShort
	case schema.TypeMediumInt:
		return w == wireInt24
	case schema.TypeInt:
		return w == wireLong
	case schema.TypeBigInt:
		return w == wireLongLong
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal: // FLOAT(25) is a DOUBLE, REAL may be a FLOAT
		return w == wireFloat || w == wireDouble
	case schema.TypeDecimal:
		return w == wireNewDecimal
	case schema.TypeBit:
		return w == wireBit
	case schema.TypeYear:
		return w == wireYear
	case schema.TypeDate:
		return w == wireDate || w == wireNewDate
	case schema.TypeTime:
		return w == wireTime || w == wireTime2
	case schema.TypeDatetime:
		return w == wireDatetime || w == wireDatetime2
	case schema.TypeTimestamp:
		return w == wireTimestamp || w == wireTimestamp2
	case schema.TypeEnum:
		return w == wireEnum
	case schema.TypeSet:
		return w == wireSet
	case schema.TypeChar, schema.TypeBinary:
		return w == wireString || w == wireVarString
	case schema.TypeVarchar, schema.TypeVarbinary: // too long a VARCHAR becomes a TEXT when sql_mode is not strict
		return w == wireVarchar || w == wireVarString || w == wireVarcharCompressed || isBlob(w)
	case schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText,
		schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		return isBlob(w)
	case schema.TypeJSON: // MariaDB: a LONGTEXT
		return w == wireJSON || isBlob(w)
	case schema.TypeGeometry, schema.TypePoint, schema.TypeLineString, schema.TypePolygon, schema.TypeMultiPoint,
		schema.TypeMultiLineString, schema.TypeMultiPolygon, schema.TypeGeometryCollection:
		return w == wireGeometry
	case schema.TypeVector: // MariaDB: a VARBINARY
		return w == wireVector || w == wireVarchar
	case schema.TypeUUID, schema.TypeInet4, schema.TypeInet6:
		return w == wireString
	case schema.TypeUnknown:
	}
	return false
}

func isBlob(w uint8) bool {
	switch w {
	case wireBlob, wireTinyBlob, wireMediumBlob, wireLongBlob, wireBlobCompressed:
		return true
	}
	return false
}

// checkMetadata compares the definition with what the server says beside the
// types: a difference means that a DDL statement was missed.
func checkMetadata(def *schema.Column, w schema.WireColumn, meta *schema.Metadata, i int) error {
	if meta.Unsigned != nil && isNumeric(w.Type) && w.Type != wireYear &&
		meta.Unsigned[i] != (def.Unsigned || def.Zerofill) {
		return fmt.Errorf("%w: UNSIGNED in one of them only", errColumnType)
	}
	if meta.Collations != nil && isText(def.Type) &&
		(meta.Collations[i] == binaryCollation) != isBinary(def) {
		return fmt.Errorf("%w: text in one of them, bytes in the other", errColumnType)
	}
	return nil
}
