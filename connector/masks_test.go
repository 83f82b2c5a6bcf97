package connector

import (
	"strings"
	"testing"

	"cdcd/schema"
)

// TestCheckMasks: at the start every captured table is looked at, others are not,
// and none where nothing is masked.
func TestCheckMasks(t *testing.T) {
	table := func(name string, c schema.Column) *schema.Table {
		c.Name = "c"
		return &schema.Table{ID: schema.ID{Database: "shop", Name: name}, Columns: []schema.Column{c}}
	}
	number := schema.Column{Type: schema.TypeInt, TypeText: "INT", Length: -1, Scale: -1}
	text := schema.Column{Type: schema.TypeVarchar, TypeText: "VARCHAR", Length: 20, Scale: -1}
	tables := []*schema.Table{table("a", number), table("b", text), table("other", number), table("z", number)}
	f := func(want []string, changes ...string) {
		t.Helper()
		c := New(parsed(t, append(changes, "table.exclude.list", ".*other")...), Deps{})
		e, err := c.encoder()
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := c.checkMasks(e, tables); err != nil {
			text = err.Error()
		}
		if got := strings.Count(text, "would not mask"); got != len(want) {
			t.Errorf("%q: %s", changes, text)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q: %q is not in %s", changes, w, text)
			}
		}
	}
	f([]string{"table shop.a: column c: ", "table shop.z: "}, "column.mask.with.5.chars", ".*")
	f([]string{"table shop.z: column c: column.mask.hash.v2.MD5.with.salt.******** would not mask it"}, "column.mask.hash.v2.MD5.with.salt.pepper", `.*\.z\..*`)
	f(nil, "column.mask.with.5.chars", `shop\.b\.c`)
	f(nil, "column.mask.with.5.chars", `.*other\..*`)
	f(nil, "column.truncate.to.5.chars", ".*")
}
