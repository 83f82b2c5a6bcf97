package sink

import (
	"bytes"
	"errors"
	"testing"

	"cdcd/sink/format"

	"github.com/google/go-cmp/cmp"
)

func TestStdout(t *testing.T) {
	f := func(o Options, key, value, want string) {
		t.Helper()
		var out bytes.Buffer
		s := NewStdout(&out, o)
		if err := s.Append(t.Context(), batchOf(&format.Topic{Name: "p.shop.orders"}, key, value)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("printed (-want +got):\n%s", diff)
		}
	}
	lines := Options{}
	f(lines, `{"id":1}`, `{"op":"c"}`, `{"topic":"p.shop.orders","key":{"id":1},"value":{"op":"c"}}`+"\n")
	f(lines, "-", "-", `{"topic":"p.shop.orders","key":null,"value":null}`+"\n")
	f(lines, `text`, "\xff\x00", `{"topic":"p.shop.orders","key":"text","value":"/wA="}`+"\n")

	pretty := Options{Pretty: true}
	f(pretty, `{"id":1}`,
		`{"before":null,"after":{"id":1,"status":"new"},"source":{"db":"shop","table":"orders"},"op":"c"}`,
		"INSERT shop.orders {\"id\":1}\n    id      1\n    status  \"new\"\n")
	f(pretty, `{"schema":{},"payload":{"id":1}}`,
		`{"schema":{},"payload":{"before":{"id":1,"status":"new"},"after":{"id":1,"status":"paid"},"source":{"db":"shop","table":"orders"},"op":"u"}}`,
		"UPDATE shop.orders {\"id\":1}\n    status  \"new\" -> \"paid\"\n")
	f(pretty, `{"id":1}`, `{"before":{"id":1},"after":null,"source":{},"op":"d"}`,
		"DELETE p.shop.orders {\"id\":1}\n    id  1\n")
	f(pretty, `{"id":1}`, "-", "TOMBSTONE p.shop.orders {\"id\":1}\n")
	f(pretty, "-", `{"ts_ms":1}`, "p.shop.orders null {\"ts_ms\":1}\n")
}

func TestStdoutMax(t *testing.T) {
	var out bytes.Buffer
	var told commits
	s := NewStdout(&out, Options{Max: 2, OnCommit: told.add})
	err := s.Append(t.Context(), batchOf(&format.Topic{Name: "t"}, "a", "1", "b", "2", "c", "3"))
	if !errors.Is(err, ErrMax) || bytes.Count(out.Bytes(), []byte("\n")) != 2 {
		t.Fatalf("printed %q, %v", out.String(), err)
	}
	if err := s.Commit(t.Context(), at(9)); err != nil {
		t.Fatal(err)
	}
	checkCommits(t, told.all(), 9)
}
