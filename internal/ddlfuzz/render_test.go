package ddlfuzz_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

// query is what SELECT asks for to get a value in the text form. Sessions
// have time_zone +00:00.
func (c *column) query() string {
	n := backquoted(c.name)
	switch c.dataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "year", "decimal":
		return n + "+0" // without the zeros of ZEROFILL
	case "bit":
		return "CAST(" + n + " AS UNSIGNED)"
	case "float", "double":
		return n + "+0e0" // all digits of a FLOAT
	case "date", "time", "datetime", "timestamp":
		return "CAST(" + n + " AS CHAR)"
	case "enum", "set":
		return "CONCAT(" + n + "+0,':',HEX(CONVERT(" + n + " USING utf8mb4)))"
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "inet4", "inet6":
		return "HEX(CONVERT(" + n + " USING utf8mb4))"
	case "json":
		return "CONVERT(" + n + " USING utf8mb4)"
	case "uuid":
		return "UPPER(REPLACE(" + n + ",'-',''))"
	}
	return "HEX(" + n + ")" // bytes, spatial types, vectors
}

// selected brings what SELECT gave to the text form.
func (c *column) selected(s string) string {
	switch c.dataType {
	case "float", "double":
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return "?" + s
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	case "binary":
		return withoutZeros(s)
	case "json":
		return canonicalJSON(s)
	}
	return s
}

// withoutZeros cuts the zero bytes at the end of a BINARY in hexadecimal off.
func withoutZeros(s string) string {
	for strings.HasSuffix(s, "00") && len(s)%2 == 0 {
		s = s[:len(s)-2]
	}
	return s
}

// canonicalJSON sorts members and gives numbers one notation.
func canonicalJSON(s string) string {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "?" + s
	}
	b, err := json.Marshal(canonicalNumbers(v))
	if err != nil {
		return "?" + s
	}
	return string(b)
}

func canonicalNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case []any:
		for i := range v {
			v[i] = canonicalNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = canonicalNumbers(v[k])
		}
	}
	return v
}

// decoded is a value of a row event in the text form, "NULL" for none.
func decoded(v *event.Value, c *schema.Column, is *column) string {
	switch v.Kind {
	case event.Null:
		return "NULL"
	case event.Int:
		return strconv.FormatInt(v.Int64(), 10)
	case event.Uint, event.Bit, event.Year:
		return strconv.FormatUint(v.Num, 10)
	case event.Float32, event.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case event.Decimal:
		return pointed(big.NewInt(v.Int64()), max(c.Scale, 0))
	case event.BigDecimal:
		return unpacked(v.Bytes, c)
	case event.Enum:
		label := ""
		if v.Num > 0 {
			label = c.Members[v.Num-1]
		}
		return labelled(v.Num, label)
	case event.Set:
		return labelled(v.Num, members(v.Num, c.Members))
	case event.Date, event.Datetime, event.Time, event.Timestamp:
		return decodedTime(v, c)
	case event.JSON:
		if is.dataType == "json" && len(v.Bytes) == 0 {
			return "null" // what INSERT IGNORE makes of a missing value; SELECT prints it so
		}
		if is.dataType == "json" {
			return canonicalJSON(string(v.Bytes))
		}
	case event.Binary:
		if is.dataType == "uuid" { // without the zeros at its end, as BINARY
			return upperHex(append(bytes.Clone(v.Bytes), make([]byte, 16-len(v.Bytes))...))
		}
		if is.dataType == "binary" {
			return withoutZeros(upperHex(v.Bytes))
		}
	case event.String:
		if c.Charset == "ascii" { // where a generated column has bytes that are none, SELECT prints "?"
			return upperHex(bytes.ReplaceAll(v.Bytes, []byte("\uFFFD"), []byte("?")))
		}
	case event.Geometry, event.Vector:
	case event.Absent, event.Default:
		return fmt.Sprintf("nothing (kind %d)", v.Kind)
	}
	return upperHex(v.Bytes)
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func labelled(n uint64, label string) string {
	return fmt.Sprintf("%d:%s", n, upperHex([]byte(strings.TrimRight(label, " "))))
}

func members(bits uint64, labels []string) string {
	out := ""
	for i, l := range labels {
		if bits>>i&1 == 0 {
			continue
		}
		if out != "" { // and not before the second label, if the first is empty
			out += ","
		}
		out += strings.TrimRight(l, " ")
	}
	return out
}

// pointed writes an unscaled number with its point.
func pointed(n *big.Int, scale int) string {
	digits := new(big.Int).Abs(n).String()
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		digits = "-" + digits
	}
	return digits
}

// unpacked reads MySQL's packed decimal. Source: MySQL strings/decimal.cc.
func unpacked(packed []byte, c *schema.Column) string {
	b := bytes.Clone(packed)
	negative := b[0]&0x80 == 0
	if negative {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	b[0] ^= 0x80
	scale := max(c.Scale, 0)
	sizes := [...]int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}
	var groups []int
	whole := c.Length - scale
	groups = append(groups, whole%9)
	for range whole/9 + scale/9 {
		groups = append(groups, 9)
	}
	groups = append(groups, scale%9)
	n := new(big.Int)
	for _, digits := range groups {
		var word [4]byte
		copy(word[4-sizes[digits]:], b[:sizes[digits]])
		b = b[sizes[digits]:]
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		n.Add(n, big.NewInt(int64(binary.BigEndian.Uint32(word[:]))))
	}
	if negative {
		n.Neg(n)
	}
	return pointed(n, scale)
}

// decodedTime writes a temporal value as the server does, in UTC.
func decodedTime(v *event.Value, c *schema.Column) string {
	switch v.Kind {
	case event.Time:
		us, sign := v.Int64(), ""
		if us < 0 {
			us, sign = -us, "-"
		}
		s := us / 1e6
		return fmt.Sprintf("%s%02d:%02d:%02d%s", sign, s/3600, s/60%60, s%60, fraction(us%1e6, c))
	case event.Timestamp:
		us := v.Int64()
		if us == 0 {
			return "0000-00-00 00:00:00" + fraction(0, c)
		}
		return time.UnixMicro(us).UTC().Format("2006-01-02 15:04:05") + fraction(us%1e6, c)
	}
	d := event.UnpackCivil(v.Num)
	date := fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	if v.Kind == event.Date {
		return date
	}
	return fmt.Sprintf("%s %02d:%02d:%02d%s", date, d.Hour, d.Minute, d.Second, fraction(int64(d.Us), c))
}

func fraction(us int64, c *schema.Column) string {
	if c.Scale <= 0 {
		return ""
	}
	return "." + fmt.Sprintf("%06d", us)[:c.Scale]
}
