package connector

import (
	"strings"
	"testing"

	"cdcd/schema"
)

func TestFilter(t *testing.T) {
	f := func(table string, want bool, changes ...string) {
		t.Helper()
		filter := parsed(t, changes...).Filter
		database, name, _ := strings.Cut(table, ".")
		for range 2 { // the second answer is remembered
			if filter.Table(schema.ID{Database: database, Name: name}) != want {
				t.Errorf("%s with %q: %v", table, changes, !want)
			}
		}
	}
	f("shop.orders", true)
	f("shop.orders", true, "database.include.list", "shop")
	f("crm.people", false, "database.include.list", "shop")
	f("crm.people", true, "database.exclude.list", "shop")
	f("Shop.Orders", true, "database.include.list", "shop", "table.include.list", `shop\.orders`)
	f("shop.orders2", false, "table.include.list", `shop\.orders`)
	f("crm.orders", false, "database.include.list", "shop", "table.include.list", `.*\.orders`)
	f("shop.orders", false, "table.exclude.list", "shop.orders")
	f("shop.people", true, "table.exclude.list", "shop.orders")
	f("shop.a,b", true, "table.include.list", `shop\.a\,b`)
	f("mysql.user", false)
	f("MySQL.user", false, "table.include.list", ".*")
	f("sys.x", false, "database.include.list", "sys")
	f("information_schema.x", false)
	f("performance_schema.x", false)
}

func TestFilter_Columns(t *testing.T) {
	f := func(column string, want bool, changes ...string) {
		t.Helper()
		if parsed(t, changes...).Filter.Column(schema.ID{Database: "shop", Name: "orders"}, column) != want {
			t.Errorf("%s with %q: %v", column, changes, !want)
		}
	}
	f("id", true)
	f("id", true, "column.include.list", "shop.orders.(id|customer)")
	f("note", false, "column.include.list", "shop.orders.(id|customer)")
	f("note", false, "column.exclude.list", "shop.orders.note,shop.orders.secret")
	f("id", true, "column.exclude.list", "shop.orders.note,shop.orders.secret")
}

func TestFilter_Idle(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		tables := []schema.ID{{Database: "shop", Name: "orders"}, {Database: "crm", Name: "people"}}
		if got := strings.Join(parsed(t, changes...).Filter.Idle(tables), " "); got != want {
			t.Errorf("%q: got %q, want %q", changes, got, want)
		}
	}
	f("")
	f("", "table.exclude.list", "shop.nothing")
	f("", "table.include.list", "shop.orders,CRM.people")
	f("shop.order", "table.include.list", "shop.order,crm.*")
	f("", "signal.data.collection", "CRM.people", "database.include.list", "shop")
	f("crm.signals", "signal.data.collection", "crm.signals")
	f("shop.order crm.signals", "signal.data.collection", "crm.signals", "table.include.list", "shop.order")
	f("crm.people", "database.include.list", "shop", "table.include.list", "shop.orders,crm.people")
}

func TestFilter_Zero(t *testing.T) {
	var filter Filter
	if !filter.Table(schema.ID{Database: "a", Name: "b"}) || filter.Database("mysql") || !filter.Column(schema.ID{}, "c") {
		t.Error("the zero Filter does not capture everything but the server's own schemas")
	}
}
