package schema

// Types of a [WireColumn]. Source: MySQL include/field_types.h; MariaDB
// include/mysql_com.h for the compressed two.
const (
	WireDecimal           = 0 // before MySQL 5.0; no supported server writes it
	WireTiny              = 1
	WireShort             = 2
	WireLong              = 3
	WireFloat             = 4
	WireDouble            = 5
	WireTimestamp         = 7
	WireLongLong          = 8
	WireInt24             = 9
	WireDate              = 10
	WireTime              = 11
	WireDatetime          = 12
	WireYear              = 13
	WireNewDate           = 14
	WireVarchar           = 15
	WireBit               = 16
	WireTimestamp2        = 17
	WireDatetime2         = 18
	WireTime2             = 19
	WireBlobCompressed    = 140
	WireVarcharCompressed = 141
	WireVector            = 242
	WireJSON              = 245
	WireNewDecimal        = 246
	WireEnum              = 247
	WireSet               = 248
	WireTinyBlob          = 249
	WireMediumBlob        = 250
	WireLongBlob          = 251
	WireBlob              = 252
	WireVarString         = 253
	WireString            = 254
	WireGeometry          = 255
)

// fits reports whether rows may hold the column as w says.
func (c *Column) fits(w WireColumn) bool {
	switch c.Type {
	case TypeBool, TypeTinyInt:
		return w.Type == WireTiny
	case TypeSmallInt:
		return w.Type == WireShort
	case TypeMediumInt:
		return w.Type == WireInt24
	case TypeInt:
		return w.Type == WireLong
	case TypeBigInt:
		return w.Type == WireLongLong
	case TypeYear:
		return w.Type == WireYear
	case TypeDate:
		return w.Type == WireDate || w.Type == WireNewDate
	case TypeTime:
		return c.fitsTime(w, WireTime, WireTime2)
	case TypeDatetime:
		return c.fitsTime(w, WireDatetime, WireDatetime2)
	case TypeTimestamp:
		return c.fitsTime(w, WireTimestamp, WireTimestamp2)
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
		return w.Type == WireDouble || w.Type == WireFloat
	case TypeDouble:
		return w.Type == WireDouble
	case TypeFloat:
		if c.Length > 24 && c.Scale < 0 {
			return w.Type == WireDouble
		}
		return w.Type == WireFloat
	case TypeDecimal:
		precision := c.Length
		if precision <= 0 {
			precision = 10
		}
		return w.Type == WireNewDecimal && int(w.Meta) == precision<<8|max(c.Scale, 0)
	default:
		return w.Type == WireBit && int(w.Meta>>8)*8+int(w.Meta&0xff) == max(c.Length, 1)
	}
}

// fitsString compares strings and what travels like them.
func (c *Column) fitsString(w WireColumn) bool {
	switch c.Type {
	case TypeChar, TypeBinary:
		return w.Type == WireString && int(w.Meta) == c.bytes()
	case TypeVarchar, TypeVarbinary:
		return c.fitsVarchar(w)
	case TypeUUID, TypeInet6:
		return w.Type == WireString && w.Meta == 16
	case TypeInet4:
		return w.Type == WireString && w.Meta == 4
	case TypeEnum:
		return w.Type == WireEnum && int(w.Meta) == enumBytes(len(c.Members))
	case TypeSet:
		return w.Type == WireSet && int(w.Meta) == setBytes(len(c.Members))
	case TypeJSON:
		return w.Type == WireJSON || isBlob(w) // MariaDB's is a LONGTEXT
	case TypeVector:
		return w.Type == WireVector || w.Type == WireVarchar // MariaDB
	case TypeTinyText, TypeText, TypeMediumText, TypeLongText, TypeTinyBlob, TypeBlob, TypeMediumBlob, TypeLongBlob:
		// Of any width: TEXT(20) and CONVERT TO CHARACTER SET choose another one.
		return isBlob(w)
	default:
		return w.Type == WireGeometry || isBlob(w)
	}
}

// fitsVarchar compares a VARCHAR. One that is too long became a TEXT, where the
// sql_mode is not strict.
func (c *Column) fitsVarchar(w WireColumn) bool {
	switch w.Type {
	case WireVarchar, WireVarString:
		return int(w.Meta) == c.bytes()
	case WireVarcharCompressed:
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
	return w.Type >= WireTinyBlob && w.Type <= WireBlob || w.Type == WireBlobCompressed
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
