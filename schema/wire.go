package schema

// Types of the wire. Source: MySQL include/field_types.h; MariaDB
// include/mysql_com.h for the compressed two.
const (
	wireTiny              = 1
	wireShort             = 2
	wireLong              = 3
	wireFloat             = 4
	wireDouble            = 5
	wireTimestamp         = 7
	wireLongLong          = 8
	wireInt24             = 9
	wireDate              = 10
	wireTime              = 11
	wireDatetime          = 12
	wireYear              = 13
	wireNewDate           = 14
	wireVarchar           = 15
	wireBit               = 16
	wireTimestamp2        = 17
	wireDatetime2         = 18
	wireTime2             = 19
	wireBlobCompressed    = 140
	wireVarcharCompressed = 141
	wireVector            = 242
	wireJSON              = 245
	wireNewDecimal        = 246
	wireEnum              = 247
	wireSet               = 248
	wireTinyBlob          = 249
	wireMediumBlob        = 250
	wireLongBlob          = 251
	wireBlob              = 252
	wireVarString         = 253
	wireString            = 254
	wireGeometry          = 255
)

// fits reports whether rows may hold the column as w says.
func (c *Column) fits(w WireColumn) bool {
	switch c.Type {
	case TypeBool, TypeTinyInt:
		return w.Type == wireTiny
	case TypeSmallInt:
		return w.Type == wireShort
	case TypeMediumInt:
		return w.Type == wireInt24
	case TypeInt:
		return w.Type == wireLong
	case TypeBigInt:
		return w.Type == wireLongLong
	case TypeYear:
		return w.Type == wireYear
	case TypeDate:
		return w.Type == wireDate || w.Type == wireNewDate
	case TypeTime:
		return c.fitsTime(w, wireTime, wireTime2)
	case TypeDatetime:
		return c.fitsTime(w, wireDatetime, wireDatetime2)
	case TypeTimestamp:
		return c.fitsTime(w, wireTimestamp, wireTimestamp2)
	case TypeFloat, TypeDouble, TypeReal, TypeDecimal, TypeBit:
		return c.fitsNumber(w)
	default:
		return c.fitsString(w)
	}
}

// fitsTime compares the fraction digits; old is the type before MySQL 5.6.
func (c *Column) fitsTime(w WireColumn, old, current uint8) bool {
	return w.Type == current && int(w.Meta) == max(c.Scale, 0) || w.Type == old && c.Scale <= 0
}

// fitsNumber compares numbers with a size. REAL depends on sql_mode.
func (c *Column) fitsNumber(w WireColumn) bool {
	switch c.Type {
	case TypeReal:
		return w.Type == wireDouble || w.Type == wireFloat
	case TypeDouble:
		return w.Type == wireDouble
	case TypeFloat:
		if c.Length > 24 && c.Scale < 0 {
			return w.Type == wireDouble
		}
		return w.Type == wireFloat
	case TypeDecimal:
		precision := c.Length
		if precision <= 0 {
			precision = 10
		}
		return w.Type == wireNewDecimal && int(w.Meta) == precision<<8|max(c.Scale, 0)
	default:
		return w.Type == wireBit && int(w.Meta>>8)*8+int(w.Meta&0xff) == max(c.Length, 1)
	}
}

// fitsString compares strings and what travels like them.
func (c *Column) fitsString(w WireColumn) bool {
	switch c.Type {
	case TypeChar, TypeBinary:
		return w.Type == wireString && int(w.Meta) == c.bytes()
	case TypeVarchar, TypeVarbinary:
		return c.fitsVarchar(w)
	case TypeUUID, TypeInet6:
		return w.Type == wireString && w.Meta == 16
	case TypeInet4:
		return w.Type == wireString && w.Meta == 4
	case TypeEnum:
		return w.Type == wireEnum && int(w.Meta) == enumBytes(len(c.Members))
	case TypeSet:
		return w.Type == wireSet && int(w.Meta) == setBytes(len(c.Members))
	case TypeJSON:
		return w.Type == wireJSON || isBlob(w) // MariaDB's is a LONGTEXT
	case TypeVector:
		return w.Type == wireVector || w.Type == wireVarchar // MariaDB
	case TypeTinyText, TypeText, TypeMediumText, TypeLongText, TypeTinyBlob, TypeBlob, TypeMediumBlob, TypeLongBlob:
		// Of any width: TEXT(20) and CONVERT TO CHARACTER SET choose another one.
		return isBlob(w)
	default:
		return w.Type == wireGeometry || isBlob(w)
	}
}

// fitsVarchar compares a VARCHAR. One that is too long became a TEXT, where the
// sql_mode is not strict.
func (c *Column) fitsVarchar(w WireColumn) bool {
	switch w.Type {
	case wireVarchar, wireVarString:
		return int(w.Meta) == c.bytes()
	case wireVarcharCompressed:
		return true
	}
	const maxVarchar = 65535
	return isBlob(w) && c.bytes() > maxVarchar
}

// bytes returns the greatest size of a string.
func (c *Column) bytes() int {
	n := c.Length
	if n < 0 {
		n = 1
	}
	if c.Charset == "" {
		return n
	}
	return n * charsetWidth(c.Charset)
}

func isBlob(w WireColumn) bool {
	return w.Type >= wireTinyBlob && w.Type <= wireBlob || w.Type == wireBlobCompressed
}

func enumBytes(members int) int {
	if members < 256 {
		return 1
	}
	return 2
}

func setBytes(members int) int {
	n := (members + 7) / 8
	if n > 4 {
		return 8
	}
	return n
}
