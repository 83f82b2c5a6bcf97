package snapshot

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

var (
	errColumnType = errors.New("its type cannot be read from the text protocol")
	errLength     = errors.New("the text has not the length of its type")
	errKeyText    = errors.New("a text of the key does not survive its conversion to UTF-8")
)

// textColumn is one column of a decoder: what to select, how to decode it, and
// what the decoding function needs to know. Fields that the function does not use
// are zero.
type textColumn struct {
	name       string
	expression string
	decode     decodeFunc
	kind       event.Kind // of what decodeBytes yields
	size       int        // bytes of the number, or of the text
	fsp        int        // fraction digits of temporal types
	members    int        // of ENUM and SET
	decimal    decimalShape
	never      error // what a NULL means in a column that has none; else nil
}

// decodeFunc decodes the text of one value that is not NULL into v. Errors never
// name bytes of the value.
type decodeFunc func(c *textColumn, text []byte, scratch *[]byte, v *event.Value) error

// compile chooses the decoding function by the type.
func (c *textColumn) compile(def *schema.Column) error {
	c.name, c.expression = def.Name, schema.QuoteName(def.Name)
	switch def.Type {
	case schema.TypeBool, schema.TypeTinyInt, schema.TypeSmallInt, schema.TypeMediumInt, schema.TypeInt, schema.TypeBigInt:
		c.compileInt(def)
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		c.compileFloat(def)
	case schema.TypeDecimal:
		return c.compileDecimal(def)
	case schema.TypeBit:
		return c.compileBit(def)
	case schema.TypeEnum, schema.TypeSet:
		c.compileMembers(def)
	case schema.TypeYear, schema.TypeDate, schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		return c.compileTemporal(def)
	case schema.TypeUnknown:
		return fmt.Errorf("%w: %s", errColumnType, def.TypeText)
	default:
		c.compileBytes(def)
	}
	return nil
}

// exact makes a key column tell apart all its values, so that a bound taken from
// a row is the row's.
func (c *textColumn) exact(def *schema.Column) {
	switch def.Type {
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		c.expression += "+0e0"
	case schema.TypeChar, schema.TypeVarchar, schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText:
		c.exactText(def.Charset)
	case schema.TypeEnum, schema.TypeSet:
		c.expression = schema.QuoteName(def.Name)
		c.countMembers(def)
	default:
	}
}

// exactText selects NULL for a text that is another one when it comes back as a
// literal in UTF-8: some character sets have a character twice, or bytes that are
// none. Rows would be left out or read for ever behind such a bound.
func (c *textColumn) exactText(charset string) {
	switch charset {
	case "utf8mb4", "utf8mb3", "latin1", "ucs2", "utf16", "utf16le", "utf32": // have none
		return
	}
	name := c.expression
	c.expression = "IF(CAST(CONVERT(CONVERT(" + name + " USING utf8mb4) USING " + charset + ") AS BINARY)=CAST(" + name + " AS BINARY)," + name + ",NULL)"
	c.never = errKeyText
}
