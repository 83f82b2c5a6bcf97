package main

import (
	"fmt"
	"strings"
	"testing"
)

// shop is a copy that goes on.
func shop() *copyProgress {
	return &copyProgress{
		progress: progress{Percent: 42, Rows: 1_134_567, Expected: 2_701_000, Bytes: 312_400_000, Seconds: 63.2, RowsPerSecond: 17_952, SecondsLeft: 87},
		Running:  true, Tables: 4, TablesLeft: 3,
		OfTables: []tableProgress{
			{"shop.customers", progress{Complete: true, Percent: 100, Rows: 120_000, Expected: 120_000, Bytes: 9_960_000, Seconds: 7, RowsPerSecond: 17_143}},
			{"shop.orders", progress{Percent: 39, Rows: 1_014_567, Expected: 2_580_000, Bytes: 302_440_000, Seconds: 56, RowsPerSecond: 18_117, SecondsLeft: 86}},
			{"shop.items", progress{Expected: 1000}},
			{"shop.new", progress{}},
		},
	}
}

func TestPicture_FitsTheTerminal(t *testing.T) {
	f := func(p *copyProgress, columns, lines int, want string) {
		t.Helper()
		drawn := picture(p, columns, lines)
		for _, line := range drawn {
			if wide(line) >= columns {
				t.Errorf("%d columns of %d: %q", wide(line), columns, line)
			}
		}
		if got := strings.Join(drawn, "\n"); got != strings.Trim(want, "\n") || len(drawn) > lines {
			t.Errorf("%d columns, %d lines:\n%s\nwant\n%s", columns, lines, got, want)
		}
	}
	f(shop(), 140, 24, `
shop.customers  [##############################]  100%                 120,000 rows   10.0 MB  17,143/s       in 7s
shop.orders     [###########...................]   39%  1,014,567 of 2,580,000 rows  302.4 MB  18,117/s  1m26s left
shop.items      [..............................]    0%              0 of 1,000 rows                           waits
shop.new        [..............................]                             0 rows                           waits
1 of 4 tables   [############..................]   42%  1,134,567 of 2,701,000 rows  312.4 MB  17,952/s  1m27s left
`)
	f(shop(), 100, 24, `
shop.customers  [##############]  100%                 120,000 rows   10.0 MB  17,143/s       in 7s
shop.orders     [#####.........]   39%  1,014,567 of 2,580,000 rows  302.4 MB  18,117/s  1m26s left
shop.items      [..............]    0%              0 of 1,000 rows                           waits
shop.new        [..............]                             0 rows                           waits
1 of 4 tables   [#####.........]   42%  1,134,567 of 2,701,000 rows  312.4 MB  17,952/s  1m27s left
`)
	f(shop(), 80, 24, `
shop.customers  [#######]  100%    120,000 rows   10.0 MB  17,143/s       in 7s
shop.orders     [##.....]   39%  1,014,567 rows  302.4 MB  18,117/s  1m26s left
shop.items      [.......]    0%          0 rows                           waits
shop.new        [.......]                0 rows                           waits
1 of 4 tables   [##.....]   42%  1,134,567 rows  312.4 MB  17,952/s  1m27s left
`)
	f(shop(), 60, 24, `
shop.customers  100%    120,000 rows  17,143/s       in 7s
shop.orders      39%  1,014,567 rows  18,117/s  1m26s left
shop.items        0%          0 rows                 waits
shop.new                      0 rows                 waits
1 of 4 tables    42%  1,134,567 rows  17,952/s  1m27s left
`)
	f(shop(), 30, 24, `
shop.customers  100%    120,…
shop.orders      39%  1,014,…
shop.items        0%        …
shop.new                    …
1 of 4 tables    42%  1,134,…
`)
	f(shop(), 100, 3, `
shop.customers  [##############]  100%                 120,000 rows   10.0 MB  17,143/s       in 7s
shop.orders     [#####.........]   39%  1,014,567 of 2,580,000 rows  302.4 MB  18,117/s  1m26s left
1 of 4 tables   [#####.........]   42%  1,134,567 of 2,701,000 rows  312.4 MB  17,952/s  1m27s left
`)
	f(shop(), 100, 1, `
1 of 4 tables  [######..........]  42%  1,134,567 of 2,701,000 rows  312.4 MB  17,952/s  1m27s left
`)
	odd := shop()
	odd.OfTables = odd.OfTables[1:2]
	odd.OfTables[0].Table = "shop.\x1b[2J注文\n"
	f(odd, 100, 24, `
shop.?[2J注文?  [#####..........]  39%  1,014,567 of 2,580,000 rows  302.4 MB  18,117/s  1m26s left
`)
	odd.OfTables[0].Table = "production_of_the_shop.orders_of_customers"
	f(odd, 80, 24, `
production_of_the_shop.or…  [##....]  39%  1,014,567 rows  18,117/s  1m26s left
`)
	odd.OfTables[0].Table = "注文注文注文注文注文"
	f(odd, 20, 24, `
注文注文注文注…  3…
`)
}

func TestPicture_ShowsTheTablesThatAreRead(t *testing.T) {
	p := &copyProgress{Tables: 40, TablesLeft: 40}
	for n := range 40 {
		p.OfTables = append(p.OfTables, tableProgress{Table: fmt.Sprintf("d.t%d", n)})
	}
	f := func(complete, lines int, first, last string) {
		t.Helper()
		for n := range p.OfTables {
			p.OfTables[n].Complete = n < complete
		}
		drawn := picture(p, 100, lines)
		names := []string{strings.Fields(drawn[0])[0], strings.Fields(drawn[len(drawn)-2])[0]}
		if names[0] != first || names[1] != last || len(drawn) > lines {
			t.Errorf("%d complete: from %s to %s in %d lines", complete, names[0], names[1], len(drawn))
		}
	}
	f(0, 24, "d.t0", "d.t11")
	f(1, 24, "d.t0", "d.t11")
	f(20, 24, "d.t19", "d.t30")
	f(20, 5, "d.t19", "d.t22")
	f(20, 2, "d.t20", "d.t20")
	f(39, 24, "d.t28", "d.t39")
	f(40, 24, "d.t28", "d.t39")
}

func TestSummary(t *testing.T) {
	f := func(p *copyProgress, want string) {
		t.Helper()
		if got := summary(p); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f(shop(), "stopped before the end, with 3 tables left: copied 1,134,567 rows of 4 tables, 312.4 MB, in 1m3s (17,952 rows/s)")
	p := shop()
	p.Complete, p.Tables, p.Bytes = true, 1, 0
	f(p, "copied 1,134,567 rows of 1 table, 0 B, in 1m3s (17,952 rows/s)")
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f(grouped(0), "0")
	f(grouped(999), "999")
	f(grouped(1000), "1,000")
	f(grouped(1234567), "1,234,567")
	f(sized(999), "999 B")
	f(sized(1000), "1.0 kB")
	f(sized(999_949), "999.9 kB")
	f(sized(999_951), "1.0 MB")
	f(sized(7_000_000_000_000_000), "7000.0 TB")
	f(lasting(0.4), "0s")
	f(lasting(3725), "1h2m5s")
}
