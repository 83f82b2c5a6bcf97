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
	case schema.WireTiny, schema.WireShort, schema.WireInt24, schema.WireLong, schema.WireLongLong:
		c.compileInt(def, w)
	case schema.WireFloat:
		c.decode = decodeFloat32
	case schema.WireDouble:
		c.decode = decodeFloat64
	case schema.WireNewDecimal:
		return c.compileDecimal(def, w)
	case schema.WireBit:
		return c.compileBit(w)
	case schema.WireYear:
		c.decode = decodeYear
	case schema.WireEnum, schema.WireSet:
		return c.compileMembers(def, w)
	case schema.WireDate, schema.WireNewDate, schema.WireTime, schema.WireDatetime, schema.WireTimestamp, schema.WireTime2, schema.WireDatetime2, schema.WireTimestamp2:
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
		return w == schema.WireTiny
	case schema.TypeSmallInt:
		return w == schema.WireShort
	case schema.TypeMediumInt:
		return w == schema.WireInt24
	case schema.TypeInt:
		return w == schema.WireLong
	case schema.TypeBigInt:
		return w == schema.WireLongLong
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal: // FLOAT(25) is a DOUBLE, REAL may be a FLOAT
		return w == schema.WireFloat || w == schema.WireDouble
	case schema.TypeDecimal:
		return w == schema.WireNewDecimal
	case schema.TypeBit:
		return w == schema.WireBit
	case schema.TypeYear:
		return w == schema.WireYear
	case schema.TypeDate:
		return w == schema.WireDate || w == schema.WireNewDate
	case schema.TypeTime:
		return w == schema.WireTime || w == schema.WireTime2
	case schema.TypeDatetime:
		return w == schema.WireDatetime || w == schema.WireDatetime2
	case schema.TypeTimestamp:
		return w == schema.WireTimestamp || w == schema.WireTimestamp2
	case schema.TypeEnum:
		return w == schema.WireEnum
	case schema.TypeSet:
		return w == schema.WireSet
	case schema.TypeChar, schema.TypeBinary:
		return w == schema.WireString || w == schema.WireVarString
	case schema.TypeVarchar, schema.TypeVarbinary: // too long a VARCHAR becomes a TEXT when sql_mode is not strict
		return w == schema.WireVarchar || w == schema.WireVarString || w == schema.WireVarcharCompressed || isBlob(w)
	case schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText,
		schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		return isBlob(w)
	case schema.TypeJSON: // MariaDB: a LONGTEXT
		return w == schema.WireJSON || isBlob(w)
	case schema.TypeGeometry, schema.TypePoint, schema.TypeLineString, schema.TypePolygon, schema.TypeMultiPoint,
		schema.TypeMultiLineString, schema.TypeMultiPolygon, schema.TypeGeometryCollection:
		return w == schema.WireGeometry
	case schema.TypeVector: // MariaDB: a VARBINARY
		return w == schema.WireVector || w == schema.WireVarchar
	case schema.TypeUUID, schema.TypeInet4, schema.TypeInet6:
		return w == schema.WireString
	case schema.TypeUnknown:
	}
	return false
}

func isBlob(w uint8) bool {
	switch w {
	case schema.WireBlob, schema.WireTinyBlob, schema.WireMediumBlob, schema.WireLongBlob, schema.WireBlobCompressed:
		return true
	}
	return false
}

// checkMetadata compares the definition with what the server says beside the
// types: a difference means that a DDL statement was missed.
func checkMetadata(def *schema.Column, w schema.WireColumn, meta *schema.Metadata, i int) error {
	if meta.Unsigned != nil && isNumeric(w.Type) && w.Type != schema.WireYear &&
		meta.Unsigned[i] != (def.Unsigned || def.Zerofill) {
		return fmt.Errorf("%w: UNSIGNED in one of them only", errColumnType)
	}
	if meta.Collations == nil || !isText(def.Type) {
		return nil
	}
	if c := meta.Collations[i]; c != 0 && (c == binaryCollation) != isBinary(def) {
		return fmt.Errorf("%w: text in one of them, bytes in the other", errColumnType)
	}
	return nil
}
