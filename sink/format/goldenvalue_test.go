package format_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// row turns a printed row back into values. Columns that the case does not
// capture are NULL.
func (g *goldenCase) row(t *schema.Table, printed map[string]any, op event.Op) ([]event.Value, error) {
	if printed == nil {
		return nil, nil
	}
	row := make([]event.Value, len(t.Columns))
	found := 0
	for i := range t.Columns {
		c := &t.Columns[i]
		x, ok := printed[fieldOf(c.Name, g.config.FieldNames)]
		if ok {
			found++
		}
		v, err := g.value(c, x, op)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		row[i] = v
	}
	if found != len(printed) {
		return nil, fmt.Errorf("%d columns of %d", found, len(printed))
	}
	return row, nil
}

func fieldOf(name string, mode format.NameMode) string {
	if mode != format.NamesAvro {
		return name
	}
	name = strings.Map(func(r rune) rune {
		if r < 128 && (r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, name)
	if name[0] <= '9' {
		return "_" + name
	}
	return name
}

// value is the inverse of the encoders, as far as there is one.
func (g *goldenCase) value(c *schema.Column, x any, op event.Op) (event.Value, error) {
	switch x := x.(type) {
	case nil:
		return event.Value{Kind: event.Null}, nil
	case bool:
		return event.Value{Kind: event.Bit, Num: map[bool]uint64{true: 1}[x]}, nil
	case json.Number:
		return g.number(c, x)
	case string:
		return g.text(c, x, op)
	case []any:
		return vector(x), nil
	case map[string]any:
		return geometry(x)
	}
	return event.Value{}, fmt.Errorf("a %T", x)
}

func (g *goldenCase) number(c *schema.Column, x json.Number) (event.Value, error) {
	n, err := strconv.ParseInt(string(x), 10, 64)
	switch c.Type {
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		f, err := x.Float64()
		return event.Value{Kind: event.Float64, Num: math.Float64bits(f)}, err
	case schema.TypeDecimal:
		return decimalFromText(c, string(x))
	case schema.TypeYear:
		return event.Value{Kind: event.Year, Num: uint64(n)}, err
	case schema.TypeDate:
		return civil(event.Date, time.Unix(n*86400, 0)), err
	case schema.TypeTime:
		return event.Value{Kind: event.Time, Num: uint64(n * g.unit("MicroTime", c))}, err
	case schema.TypeDatetime:
		return civil(event.Datetime, time.UnixMicro(n*g.unit("Timestamp", c))), err
	default:
		return event.Value{Kind: event.Int, Num: uint64(n)}, err
	}
}

// unit is how many microseconds a printed temporal number counts in.
func (g *goldenCase) unit(kind string, c *schema.Column) int64 {
	switch g.config.TimeMode {
	case format.TimeConnect:
		return 1000
	case format.TimeMicroseconds:
		return 1
	case format.TimeAdaptive, format.TimeISOString, format.TimeNanoseconds:
	}
	if kind == "Timestamp" && c.Scale <= 3 {
		return 1000
	}
	return 1
}

func civil(kind event.Kind, t time.Time) event.Value {
	t = t.UTC()
	c := event.Civil{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(),
		Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Us: t.Nanosecond() / 1000,
	}
	return event.Value{Kind: kind, Num: c.Pack()}
}

func (g *goldenCase) text(c *schema.Column, x string, op event.Op) (event.Value, error) {
	switch c.Type {
	case schema.TypeBigInt:
		b, err := base64.StdEncoding.DecodeString(x)
		return event.Value{Kind: event.Uint, Num: new(big.Int).SetBytes(b).Uint64()}, err
	case schema.TypeDecimal:
		return decimalFromBase64(c, x)
	case schema.TypeBit:
		b, err := base64.StdEncoding.DecodeString(x)
		return event.Value{Kind: event.Bit, Num: binary.LittleEndian.Uint64(append(b, make([]byte, 8)...))}, err
	case schema.TypeDate:
		t, err := time.Parse("2006-01-02Z", x)
		return civil(event.Date, t), err
	case schema.TypeTime:
		t, err := time.Parse("15:04:05Z", x)
		return event.Value{Kind: event.Time, Num: uint64(t.Sub(t.Truncate(24 * time.Hour)).Microseconds())}, err
	case schema.TypeDatetime:
		t, err := time.Parse(time.RFC3339, x)
		return civil(event.Datetime, t), err
	case schema.TypeTimestamp:
		t, err := time.Parse(time.RFC3339, x)
		return event.Value{Kind: event.Timestamp, Num: uint64(t.UnixMicro())}, err
	case schema.TypeBinary, schema.TypeVarbinary, schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		return g.binary(c, x)
	case schema.TypeEnum:
		return label(c, x, op), nil
	case schema.TypeSet:
		return labels(c, x), nil
	case schema.TypeJSON:
		return event.Value{Kind: event.JSON, Bytes: []byte(x)}, nil
	default:
		return event.Value{Kind: event.String, Bytes: []byte(x)}, nil
	}
}

func (g *goldenCase) binary(c *schema.Column, x string) (event.Value, error) {
	b, err := base64.StdEncoding.DecodeString(x)
	if g.config.BinaryMode == format.BinaryHex {
		b, err = hex.DecodeString(x)
	}
	if c.Type == schema.TypeBinary && len(b) == c.Length {
		b = []byte(strings.TrimRight(string(b), "\x00"))
	}
	return event.Value{Kind: event.Binary, Bytes: b}, err
}

func label(c *schema.Column, x string, op event.Op) event.Value {
	if op == event.Read {
		return event.Value{Kind: event.String, Bytes: []byte(x)}
	}
	i := slices.IndexFunc(c.Members, func(m string) bool { return strings.ReplaceAll(m, ",", `\,`) == x })
	return event.Value{Kind: event.Enum, Num: uint64(i + 1)}
}

func labels(c *schema.Column, x string) event.Value {
	v := event.Value{Kind: event.Set}
	for l := range strings.SplitSeq(x, ",") {
		if i := slices.Index(c.Members, l); i >= 0 {
			v.Num |= 1 << i
		}
	}
	return v
}

func vector(list []any) event.Value {
	v := event.Value{Kind: event.Vector}
	for _, x := range list {
		f, _ := strconv.ParseFloat(string(x.(json.Number)), 32)
		v.Bytes = binary.LittleEndian.AppendUint32(v.Bytes, math.Float32bits(float32(f)))
	}
	return v
}

func geometry(x map[string]any) (event.Value, error) {
	var srid int64
	if n, ok := x["srid"].(json.Number); ok {
		srid, _ = n.Int64()
	}
	wkb, err := base64.StdEncoding.DecodeString(x["wkb"].(string))
	return event.Value{Kind: event.Geometry, Bytes: append(binary.LittleEndian.AppendUint32(nil, uint32(srid)), wkb...)}, err
}

func decimalFromText(c *schema.Column, x string) (event.Value, error) {
	r, ok := new(big.Rat).SetString(x)
	if !ok {
		return event.Value{}, fmt.Errorf("decimal %q", x)
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Scale)), nil)))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if digits := new(big.Int).Abs(n).String(); len(digits) > c.Length { // a double rounded it up
		n.SetString(strings.Repeat("9", c.Length), 10)
		if r.Sign() < 0 {
			n.Neg(n)
		}
	}
	return decimalValue(c, n), nil
}

func decimalFromBase64(c *schema.Column, x string) (event.Value, error) {
	b, err := base64.StdEncoding.DecodeString(x)
	if err != nil {
		return event.Value{}, err
	}
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return decimalValue(c, n), nil
}

// decimalValue is the unscaled number as the binlog reader hands it over.
func decimalValue(c *schema.Column, n *big.Int) event.Value {
	if c.Length <= 18 {
		return event.Value{Kind: event.Decimal, Num: uint64(n.Int64())}
	}
	return event.Value{Kind: event.BigDecimal, Bytes: packDecimal(n, c.Length, c.Scale)}
}

// packDecimal writes MySQL's packed form, by the book.
func packDecimal(n *big.Int, precision, scale int) []byte {
	text := fmt.Sprintf("%0*s", precision, new(big.Int).Abs(n).String())
	whole, fraction := text[:precision-scale], text[precision-scale:]
	size := []int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}
	var b []byte
	put := func(digits string) {
		v, _ := strconv.ParseUint("0"+digits, 10, 32)
		b = append(b, binary.BigEndian.AppendUint32(nil, uint32(v))[4-size[len(digits)]:]...)
	}
	put(whole[:len(whole)%9])
	for rest := whole[len(whole)%9:]; rest != ""; rest = rest[9:] {
		put(rest[:9])
	}
	for ; len(fraction) >= 9; fraction = fraction[9:] {
		put(fraction[:9])
	}
	put(fraction)
	b[0] ^= 0x80
	if n.Sign() < 0 {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	return b
}
