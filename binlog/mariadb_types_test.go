package binlog

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

// TestInet6_Text: as MariaDB's SELECT prints addresses.
func TestInet6_Text(t *testing.T) {
	f := func(address, want string) {
		t.Helper()
		if got := string(appendInet6(nil, unhex(t, address))); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	f("00000000000000000000000000000000", "::")
	f("00000000000000000000000000000001", "::1")
	f("fe800000000000000000000000000001", "fe80::1")
	f("00010002000300000005000600070008", "1:2:3::5:6:7:8")
	f("00010000000000020000000000000003", "1:0:0:2::3")
	f("0001000200030004000500060007abcd", "1:2:3:4:5:6:7:abcd")
	f("00010002000300040005000600070000", "1:2:3:4:5:6:7::")
	f("00000000000000000000ffffc0a80001", "::ffff:192.168.0.1")
	f("000000000000000000000000c0a80001", "::192.168.0.1")
}

// mariaTables are the tables of testdata/mariadb_types.sql.
func mariaTables() map[string][]schema.Column {
	column := func(typ schema.Type, charset string, fsp int) schema.Column {
		return schema.Column{Name: "c", Type: typ, Charset: charset, Length: -1, Scale: fsp}
	}
	plain := func(typ schema.Type) schema.Column { return column(typ, "latin1", -1) }
	return map[string][]schema.Column{
		"old": {
			plain(schema.TypeInt), plain(schema.TypeTime), column(schema.TypeTime, "", 1), column(schema.TypeTime, "", 3),
			column(schema.TypeTime, "", 6), plain(schema.TypeDatetime), column(schema.TypeDatetime, "", 2),
			column(schema.TypeDatetime, "", 5), plain(schema.TypeTimestamp), column(schema.TypeTimestamp, "", 1),
			column(schema.TypeTimestamp, "", 6), plain(schema.TypeDate),
		},
		"comp": {
			plain(schema.TypeInt), plain(schema.TypeVarchar), plain(schema.TypeVarchar), plain(schema.TypeBlob),
			plain(schema.TypeText), plain(schema.TypeVarbinary), plain(schema.TypeLongText), plain(schema.TypeInet4),
			plain(schema.TypeInet6), plain(schema.TypeUUID), plain(schema.TypeGeometry), plain(schema.TypeVarchar),
		},
		"big": {plain(schema.TypeInt), plain(schema.TypeText)},
	}
}

// spell prints a value shortly.
func spell(v *event.Value) string {
	switch v.Kind {
	case event.Absent:
		return "-"
	case event.Null:
		return "null"
	case event.Date, event.Datetime:
		c := event.UnpackCivil(v.Num)
		return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Second, c.Us)
	case event.Time:
		return (time.Duration(v.Int64()) * time.Microsecond).String()
	case event.String:
		if len(v.Bytes) > 12 && !bytes.ContainsAny(v.Bytes, ".:") {
			return fmt.Sprintf("%s…%d", string([]rune(string(v.Bytes))[:4]), len(v.Bytes))
		}
		return string(v.Bytes)
	case event.Binary, event.Geometry:
		if len(v.Bytes) > 30 {
			return fmt.Sprintf("%x…%d", v.Bytes[:2], len(v.Bytes))
		}
		return hex.EncodeToString(v.Bytes)
	default:
		return strconv.FormatInt(v.Int64(), 10)
	}
}

// TestRows_MariaDB reads what a server wrote of the types, column formats and
// compressed events that only MariaDB has.
func TestRows_MariaDB(t *testing.T) {
	r := recorded{name: "mariadb_types", events: readEvents(t, "testdata/mariadb_types.binlog")}
	tables, got := mariaTables(), ""
	r.rowsOf(t, func(m *schema.TableMap, e recordedEvent) {
		p, err := compileRows(m, &schema.Table{ID: m.ID, Columns: tables[m.ID.Name]})
		if err != nil {
			t.Fatal(err)
		}
		before, after := make([]event.Value, len(m.Columns)), make([]event.Value, len(m.Columns))
		for rd := e.reader(t, p); ; {
			ok, err := rd.Next(before, after)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			row := after
			if after[0].Kind == event.Absent {
				row = before
			}
			got += m.ID.Name
			for i := range row {
				got += "|" + spell(&row[i])
			}
			got += "\n"
		}
	})
	want := `old|1|-12h34m56s|12h34m56.7s|-1ms|838h59m59.999999s|2011-12-31 23:59:58.000000|2011-12-31 23:59:58.120000|9999-12-31 23:59:59.999990|7000000|1577836800900000|2147483647999999|2020-02-29 00:00:00.000000
old|2|838h59m59s|-838h59m59.9s|0s|-1µs|0000-00-00 00:00:00.000000|2020-00-10 00:00:00.000000|1000-01-01 01:02:03.000010|1577836800000000|1577836800000000|1577836800000000|0000-00-00 00:00:00.000000
comp|1|short|café…360|7879…900|éééé…400|7171…400|long…5000|10.0.1.0|fe80:1::|123e4567e89b12d3a45642665544|000000000101000000000000000000f03f0000000000000040|é
comp|2|||||||0.0.0.0|::||null|
comp|3|null|null|null|null|null|null|null|::1.2.3.4|null|null|null
comp|4|null|wrap…400|null|null|null|null|null|null|null|null|null
comp|5|null|plai…250|null|null|null|null|null|null|null|null|null
big|1|abca…6000
big|2|b
big|1|zzzz…1000
big|1|zzzz…1000
big|2|b
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestMariaJSON_Converted: a JSON column is a text, which CONVERT TO CHARACTER
// SET converts as any other.
func TestMariaJSON_Converted(t *testing.T) {
	f := func(charset, raw, want string) {
		t.Helper()
		def := schema.Column{Name: "c", Type: schema.TypeJSON, Charset: charset, Length: -1, Scale: -1}
		c, err := compileColumn(&def, schema.WireColumn{Type: schema.WireBlob, Meta: 1}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var v event.Value
		if err := c.decode(&c, &cursor{b: append([]byte{byte(len(raw))}, raw...)}, &v); err != nil || v.Kind != event.JSON || string(v.Bytes) != want {
			t.Errorf("%s: kind %d, %q, %v", charset, v.Kind, v.Bytes, err)
		}
	}
	f("", "\"é\"", "\"é\"")
	f("latin1", "\"\xe9\"", "\"é\"")
	f("utf16", "\x00\"\x00\xe9\x00\"", "\"é\"")
}
