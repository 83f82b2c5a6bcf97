package connector

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cdcd/schema"
)

// TestParseConfig_Mappers has them in the order in which Debezium asks for them,
// each with the columns of its own property.
func TestParseConfig_Mappers(t *testing.T) {
	c := parsed(t,
		"column.mask.hash.v2.SHA-256.with.salt.p.e.p", "s.t.v2", "column.mask.hash.MD5.with.salt.v2.with.salt.x", "s.t.v1",
		"datatype.propagate.source.type", ".*INT", "column.propagate.source.type", ".*price",
		"column.mask.with.12.chars", "S.T.Mask", "column.mask.with.5.chars", "s.t.a,s.t.b", "column.mask.with.6.chars", " ",
		"column.truncate.to.100.chars", ".*", "column.truncate.to.20.chars", "s.t.text", "column.truncate.to.020.chars", "s.t.text")
	id := schema.ID{Database: "s", Name: "t"}
	var got []string
	for _, m := range c.Format.Mappers {
		var columns []string
		for _, column := range []string{"v1", "v2", "mask", "a", "b", "price", "text"} {
			if m.Matches(id, column, "BIGINT") {
				columns = append(columns, column)
			}
		}
		got = append(got, m.Property+": "+strings.Join(columns, " "))
	}
	want := []string{
		"column.truncate.to.020.chars: text", "column.truncate.to.20.chars: text", "column.truncate.to.100.chars: v1 v2 mask a b price text",
		"column.mask.with.5.chars: a b", "column.mask.with.12.chars: mask",
		"column.propagate.source.type: price", "datatype.propagate.source.type: v1 v2 mask a b price text",
		"column.mask.hash.MD5.with.salt.********: v1", "column.mask.hash.v2.SHA-256.with.salt.********: v2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestParseConfig_MaskErrors: what cannot be done is said, and no salt with it.
func TestParseConfig_MaskErrors(t *testing.T) {
	f := func(want, name string) {
		t.Helper()
		c, warnings, err := ParseConfig("shop", shop(name, "s.t.c"))
		if want == "" {
			if err != nil || len(warnings) > 0 {
				t.Errorf("%s: %v, %v", name, warnings, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if text := fmt.Sprintf("%v %v %+v %#v", err, warnings, c, c); strings.Contains(text, "pepper") {
			t.Errorf("the salt prints: %s", text)
		}
	}
	f("", "column.mask.hash.SHA-256.with.salt.pepper")
	f("", "column.mask.hash.v2.SHA-512/256.with.salt.pepper")
	f("", "column.mask.with.0.chars")
	f("", "column.truncate.to.0.chars")
	f("", "column.truncate.to.2147483647.chars")
	f(`column.mask.hash.MD2.with.salt.********: hash algorithm "MD2" is not known: MD5, `, "column.mask.hash.MD2.with.salt.pepper")
	f(`column.mask.hash.v2.with.salt.********: hash algorithm "v2" is not known`, "column.mask.hash.v2.with.salt.pepper")
	f("column.mask.hash.********: is not supported yet: values would be published in clear", "column.mask.hash.SHA-256.with.slat.pepper")
	f("column.mask.hash.v2.SHA-256.x.with.salt.********: is not supported yet", "column.mask.hash.v2.SHA-256.x.with.salt.pepper")
	f("column.mask.with.65536.chars: want a number up to 65535 in the name", "column.mask.with.65536.chars")
	f("column.truncate.to.2147483648.chars: want a number up to 2147483647 in the name", "column.truncate.to.2147483648.chars")
	f("column.truncate.to.99999999999999999999.chars: want a number", "column.truncate.to.99999999999999999999.chars")
	f("column.mask.with.five.chars: is not supported yet", "column.mask.with.five.chars")
	f("column.truncate.at.5.chars: is not supported yet", "column.truncate.at.5.chars")
}
