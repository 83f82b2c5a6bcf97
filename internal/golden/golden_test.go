package golden

import (
	"slices"
	"strings"
	"testing"
)

func TestLoad_AllCases(t *testing.T) {
	names, err := Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Schema(); err != nil {
			t.Error(err)
		}
		if d := (Mask{}).Diff(c.Records, c.Records); d != "" {
			t.Errorf("%s differs from itself: %s", name, d)
		}
	}
}

// The comparison must see every kind of difference that is not masked.
func TestDiff_SeesDifferences(t *testing.T) {
	c, err := Load("basic")
	if err != nil {
		t.Fatal(err)
	}
	f := func(mask Mask, change func(*Record), want string) {
		t.Helper()
		got := append([]Record(nil), c.Data()...)
		change(&got[1])
		d := mask.Diff(c.Data(), got)
		if want == "" && d != "" || want != "" && !strings.Contains(d, want) {
			t.Errorf("got %q, want %q", d, want)
		}
	}
	replace := func(old, with string) func(*Record) {
		return func(r *Record) {
			v := strings.Replace(*r.Value, old, with, 1)
			if v == *r.Value {
				t.Fatalf("no %q in the value", old)
			}
			r.Value = &v
		}
	}
	f(Mask{}, func(r *Record) { r.Value = nil }, "value differs")
	f(Mask{}, func(r *Record) { r.Key = nil }, "differs")
	f(Mask{}, func(r *Record) { r.Partition = 1 }, "differs")
	f(Mask{}, func(r *Record) { r.Headers = r.Headers[1:] }, "headers differs")
	f(Mask{}, replace(`"customer":"bob"`, `"customer":"bub"`), "value differs")
	f(Mask{}, replace(`"thread":1`, `"thread":2`), "value differs")
	f(Mask{}, replace(`"op":"c","ts_ms":1`, `"op":"c","ts_ms":2`), "")
	f(Mask{Live: true}, replace(`"thread":1`, `"thread":2`), "")
	f(Mask{Live: true}, replace(`"file":"binlog`, `"file":"b`), "")
	f(Mask{Live: true}, replace(`"pos":1`, `"pos":2`), "value differs")
	f(Mask{Live: true, MariaDB: true}, replace(`"pos":1`, `"pos":2`), "")
}

// Ids of notifications are masked where they were drawn, and not those of signals.
func TestDiff_Notifications(t *testing.T) {
	c, err := Load("incr_snapshot")
	if err != nil {
		t.Fatal(err)
	}
	f := func(record int, old, with string, differs bool) {
		t.Helper()
		got := c.Notifications()
		r := &got[record]
		key, value := strings.ReplaceAll(*r.Key, old, with), strings.ReplaceAll(*r.Value, old, with)
		if value == *r.Value {
			t.Fatalf("no %q in %s", old, value)
		}
		r.Key, r.Value = &key, &value
		if d := (Mask{}).Diff(c.Notifications(), got); (d != "") != differs {
			t.Errorf("%s for %s: %q", with, old, d)
		}
	}
	f(0, "4a4332e0-4092-4d32-b7bf-1f743646a86d", "00000000-4092-4d32-b7bf-1f743646a86d", false)
	f(0, "4a4332e0-4092-4d32-b7bf-1f743646a86d", "sig-1", true)
	f(2, "sig-1", "sig-2", true)
	f(2, `"timestamp":1795402720721`, `"timestamp":1`, false)
	f(3, `"last_processed_key":"3"`, `"last_processed_key":"4"`, true)
	f(3, `"connector_name":"g_incr_snapshot","maximum_key":"100"`, `"maximum_key":"100","connector_name":"g_incr_snapshot"`, false)
}

// Without an order, records are the same in any, with as many markers.
func TestDiff_Unordered(t *testing.T) {
	c, err := Load("snapshot_initial")
	if err != nil {
		t.Fatal(err)
	}
	backwards := slices.Clone(c.Data())
	slices.Reverse(backwards)
	if d := (Mask{Unordered: true}).Diff(c.Data(), backwards); d != "" {
		t.Error(d)
	}
	if d := (Mask{}).Diff(c.Data(), backwards); d == "" {
		t.Error("the order is not compared")
	}
	for i, r := range backwards {
		if strings.Contains(*r.Value, `"snapshot":"last"`) {
			v := strings.Replace(*r.Value, `"snapshot":"last"`, `"snapshot":"true"`, 1)
			backwards[i].Value = &v
			break
		}
	}
	if d := (Mask{Unordered: true}).Diff(c.Data(), backwards); !strings.Contains(d, "markers") {
		t.Errorf("got %q for a marker that is missing", d)
	}
}
