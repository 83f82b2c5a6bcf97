package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// typeNames maps the first word of a type to what it means. Source: MySQL
// sql/sql_yacc.yy, rule "type"; MariaDB's the same.
var typeNames = map[string]Type{
	"BOOL": TypeBool, "BOOLEAN": TypeBool,
	"TINYINT": TypeTinyInt, "INT1": TypeTinyInt,
	"SMALLINT": TypeSmallInt, "INT2": TypeSmallInt,
	"MEDIUMINT": TypeMediumInt, "MIDDLEINT": TypeMediumInt, "INT3": TypeMediumInt,
	"INT": TypeInt, "INTEGER": TypeInt, "INT4": TypeInt,
	"BIGINT": TypeBigInt, "INT8": TypeBigInt, "SERIAL": TypeBigInt,
	"FLOAT": TypeFloat, "FLOAT4": TypeFloat,
	"DOUBLE": TypeDouble, "FLOAT8": TypeDouble, "REAL": TypeReal,
	"DECIMAL": TypeDecimal, "DEC": TypeDecimal, "NUMERIC": TypeDecimal, "FIXED": TypeDecimal,
	"BIT": TypeBit, "YEAR": TypeYear,
	"DATE": TypeDate, "TIME": TypeTime, "DATETIME": TypeDatetime, "TIMESTAMP": TypeTimestamp,
	"CHAR": TypeChar, "CHARACTER": TypeChar, "NCHAR": TypeChar, "NATIONAL": TypeChar,
	"VARCHAR": TypeVarchar, "VARCHARACTER": TypeVarchar, "NVARCHAR": TypeVarchar,
	"TINYTEXT": TypeTinyText, "TEXT": TypeText, "MEDIUMTEXT": TypeMediumText, "LONGTEXT": TypeLongText,
	"LONG":   TypeMediumText,
	"BINARY": TypeBinary, "VARBINARY": TypeVarbinary,
	"TINYBLOB": TypeTinyBlob, "BLOB": TypeBlob, "MEDIUMBLOB": TypeMediumBlob, "LONGBLOB": TypeLongBlob,
	"ENUM": TypeEnum, "SET": TypeSet, "JSON": TypeJSON,
	"GEOMETRY": TypeGeometry, "POINT": TypePoint, "LINESTRING": TypeLineString, "POLYGON": TypePolygon,
	"MULTIPOINT": TypeMultiPoint, "MULTILINESTRING": TypeMultiLineString, "MULTIPOLYGON": TypeMultiPolygon,
	"GEOMETRYCOLLECTION": TypeGeometryCollection, "GEOMCOLLECTION": TypeGeometryCollection,
	"VECTOR": TypeVector, "UUID": TypeUUID, "INET4": TypeInet4, "INET6": TypeInet6,
}

// typeSuffixes are words that may follow the first word of a type, and what
// the type then is.
var typeSuffixes = []struct {
	first  []string
	suffix []string
	typ    Type
}{
	{[]string{"DOUBLE"}, []string{"PRECISION"}, TypeDouble},
	{[]string{"LONG"}, []string{"VARBINARY"}, TypeMediumBlob},
	{[]string{"LONG"}, []string{"VARCHARACTER"}, TypeMediumText},
	{[]string{"LONG"}, []string{"VARCHAR"}, TypeMediumText},
	{[]string{"LONG"}, []string{"CHARACTER", "VARYING"}, TypeMediumText},
	{[]string{"LONG"}, []string{"CHAR", "VARYING"}, TypeMediumText},
	{[]string{"NATIONAL"}, []string{"CHARACTER", "VARYING"}, TypeVarchar},
	{[]string{"NATIONAL"}, []string{"CHAR", "VARYING"}, TypeVarchar},
	{[]string{"NATIONAL"}, []string{"VARCHARACTER"}, TypeVarchar},
	{[]string{"NATIONAL"}, []string{"VARCHAR"}, TypeVarchar},
	{[]string{"NATIONAL"}, []string{"CHARACTER"}, TypeChar},
	{[]string{"NATIONAL"}, []string{"CHAR"}, TypeChar},
	{[]string{"NCHAR"}, []string{"VARCHARACTER"}, TypeVarchar},
	{[]string{"NCHAR"}, []string{"VARCHAR"}, TypeVarchar},
	{[]string{"CHAR", "CHARACTER", "NCHAR"}, []string{"VARYING"}, TypeVarchar},
}

var (
	errNoType  = errors.New("its type is not known")
	errMembers = errors.New("its labels are not understood")
)

// readType reads the type at the start of tokens into c, with what stands in
// parentheses behind it, and returns how many tokens it has.
func readType(c *Column, tokens []token, mode uint64) (int, error) {
	if len(tokens) == 0 || tokens[0].kind != tokenWord {
		return 0, errNoType
	}
	first := strings.ToUpper(tokens[0].text)
	c.Type, c.TypeText, c.Length, c.Scale = typeNames[first], first, -1, -1
	if c.Type == TypeUnknown {
		return 0, errNoType
	}
	n := 1 + c.readSuffix(first, tokens[1:])
	size := parens(tokens[n:])
	if size == 0 {
		return n, nil
	}
	inside := tokens[n+1 : n+size-1]
	if c.Type == TypeEnum || c.Type == TypeSet {
		return n + size, c.readMembers(inside, mode)
	}
	return n + size, c.readSize(inside)
}

// readSuffix reads further words of a type and returns their number.
func (c *Column) readSuffix(first string, tokens []token) int {
	for _, s := range typeSuffixes {
		if slices.Contains(s.first, first) && words(tokens, s.suffix...) {
			c.Type = s.typ
			c.TypeText += " " + strings.Join(s.suffix, " ")
			return len(s.suffix)
		}
	}
	return 0
}

// readSize reads the numbers of "(10)" or "(10,2)". Fraction digits of temporal
// types are a scale.
func (c *Column) readSize(inside []token) error {
	numbers := make([]int, 0, 2)
	for i, t := range inside {
		if i%2 == 1 && t.is(",") {
			continue
		}
		n, err := strconv.ParseUint(t.text, 10, 32)
		if t.kind != tokenNumber || i > 2 || err != nil {
			return fmt.Errorf("the size of its type %s is not a number", c.TypeText)
		}
		numbers = append(numbers, int(n))
	}
	switch {
	case len(numbers) == 0:
	case c.Type == TypeTime || c.Type == TypeDatetime || c.Type == TypeTimestamp:
		c.Scale = numbers[0]
	case len(numbers) == 2:
		c.Length, c.Scale = numbers[0], numbers[1]
	default:
		c.Length = numbers[0]
	}
	return nil
}

// readMembers reads the labels of an ENUM or SET.
func (c *Column) readMembers(inside []token, mode uint64) error {
	c.Members = []string{}
	for i, t := range inside {
		switch {
		case i%2 == 1 && t.is(","):
		case i%2 == 0 && t.kind == tokenString:
			c.Members = append(c.Members, t.value(mode))
		default:
			return errMembers
		}
	}
	return nil
}

// isCharacter tells types that have a character set.
func (t Type) isCharacter() bool {
	switch t {
	case TypeChar, TypeVarchar, TypeTinyText, TypeText, TypeMediumText, TypeLongText, TypeEnum, TypeSet:
		return true
	default:
		return false
	}
}

// binary returns the type that t is in CHARACTER SET binary.
func (t Type) binary() Type {
	switch t {
	case TypeChar:
		return TypeBinary
	case TypeVarchar:
		return TypeVarbinary
	case TypeTinyText:
		return TypeTinyBlob
	case TypeText:
		return TypeBlob
	case TypeMediumText:
		return TypeMediumBlob
	case TypeLongText:
		return TypeLongBlob
	default:
		return t
	}
}
