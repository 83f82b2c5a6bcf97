package binlog

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
)

// jsonChanges are what is done to the documents, as the right side of SET j=.
var jsonChanges = []string{
	`JSON_SET(j, '$.a', 2)`,
	`JSON_SET(j, '$.new', JSON_OBJECT('x', NULL))`,
	`JSON_SET(j, '$."odd key"."a.b"[1]', 'q"\\\\uote')`,
	`JSON_SET(j, '$.list[1]', TRUE, '$.list[0].deep', 1.5)`,
	`JSON_SET(j, '$.list[99]', 'appended')`,
	`JSON_SET(j, '$.list[last]', 'last', '$.list[last-1]', 'before it')`,
	`JSON_SET(j, '$.a[0]', 'not an array')`,
	`JSON_SET(j, '$.a[3]', 'wraps')`,
	`JSON_SET(j, '$.none.below', 1)`,
	`JSON_SET(j, '$.ümläut', 'é😀', '$.d', CAST('2020-01-02 03:04:05.678' AS DATETIME(3)))`,
	`JSON_SET(j, '$.dec', 12345678901234567890.5, '$.u', 18446744073709551615, '$.i', -9223372036854775807, '$.e', 1e300)`,
	`JSON_SET(j, '$.bin', CAST('x' AS BINARY), '$.t', CAST('10:11:12' AS TIME), '$.y', CAST('2020-01-02' AS DATE))`,
	`JSON_REPLACE(j, '$.a', JSON_ARRAY(1, 2, JSON_ARRAY()))`,
	`JSON_REPLACE(j, '$.a[2]', JSON_OBJECT())`,
	`JSON_REPLACE(j, '$.absent', 1)`,
	`JSON_REPLACE(JSON_SET(j, '$.s', REPEAT('s', 300)), '$.s', 'short')`,
	`JSON_REPLACE(j, '$.big', REPEAT('b', 70000))`,
	`JSON_REMOVE(j, '$.a')`,
	`JSON_REMOVE(j, '$.list[0]', '$.list[0]')`,
	`JSON_REMOVE(j, '$."odd key"', '$.absent')`,
	`JSON_REMOVE(JSON_REPLACE(JSON_SET(j, '$.x', 1, '$.yy', 2), '$.x', 3), '$.yy')`,
	`JSON_SET(j, '$', JSON_ARRAY(1, 2, 3))`,
	`JSON_MERGE_PATCH(j, '{"merged": 1}')`,
	`JSON_ARRAY_INSERT(j, '$[0]', 0)`,
	`NULL`,
}

const (
	jsonObjectText = `{"a": 1, "b": "two", "list": [{"deep": 0}, 2, [3]], "odd key": {"a.b": [1, 2, 3]}, "big": "", "s": "x", "fill": "' || REPEAT('f', 500) || '"}`
	jsonArrayText  = `[1, {"a": [1]}, "x"]`
)

// TestLive_PartialJSON makes the same changes in two tables, of which one logs
// differences: the texts are the same, and say what the server says.
func TestLive_PartialJSON(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, k JSON, c INT, j JSON)", "CREATE TABLE u LIKE t")
	s := l.tail(t)
	n := 0
	for _, doc := range []string{jsonObjectText, jsonArrayText} {
		for _, change := range jsonChanges {
			n++
			var statements []string
			for table, option := range map[string]string{"t": "PARTIAL_JSON", "u": ""} {
				statements = append(statements, "SET SESSION sql_mode=CONCAT(@@sql_mode,',PIPES_AS_CONCAT')",
					"SET binlog_row_value_options='"+option+"'",
					fmt.Sprintf("INSERT INTO %s VALUES (%d, '[0]', 0, '%s')", table, n, doc),
					fmt.Sprintf("UPDATE %s SET c=1, j=%s WHERE id=%d", table, change, n),
					fmt.Sprintf("UPDATE %s SET j=JSON_SET(j, '$.again', 1, '$[1]', 2), k=JSON_SET(k, '$[0]', c) WHERE id=%d", table, n))
			}
			l.session(t, statements...)
		}
	}
	got := documents(t, s)
	if len(got["t"]) != len(got["u"]) {
		t.Fatalf("%d and %d documents", len(got["t"]), len(got["u"]))
	}
	for i := range got["t"] {
		if got["t"][i] != got["u"][i] {
			t.Errorf("difference %s\n     whole %s", got["t"][i], got["u"][i])
		}
	}
	sameDocuments(t, l, got["t"])
	if logged := l.partialEvents(t); logged < n {
		t.Errorf("only %d updates were logged as differences", logged)
	}
}

// documents returns for each table the columns of all after images.
func documents(t *testing.T, s *tail) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for end := s.live.position(t); s.last.Offset < end.Offset; {
		item, err := s.any(t)
		if err != nil {
			t.Fatal(err)
		}
		switch i := item.(type) {
		case event.Commit:
			s.last = i.Position
		case *event.Rows:
			before, after := make([]event.Value, 4), make([]event.Value, 4)
			for {
				ok, err := i.Next(before, after)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				out[i.Table.ID.Name] = append(out[i.Table.ID.Name], fmt.Sprintf("%d %s %s", after[0].Num, after[1].Bytes, after[3].Bytes))
			}
		}
	}
	return out
}

// sameDocuments compares the last document of each row with what SELECT shows,
// apart from how numbers and opaque values are written.
func sameDocuments(t *testing.T, l *live, got []string) {
	t.Helper()
	last := map[string]string{}
	for _, line := range got {
		id, docs, _ := strings.Cut(line, " ")
		_, last[id], _ = strings.Cut(docs, " ")
	}
	for _, row := range l.rows(t, "SELECT id, j FROM "+l.name+".t") {
		if text := last[row["id"]]; shape(t, text) != shape(t, row["j"]) {
			t.Errorf("row %s: %s, the server shows %s", row["id"], text, row["j"])
		}
	}
}

// shape prints a document in one way, with the values that Debezium writes in
// another way than the server left out.
func shape(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	blank(v)
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func blank(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			blank(e)
		}
	case map[string]any:
		for name, e := range v {
			blank(e)
			if slices.Contains([]string{"bin", "t", "d"}, name) {
				v[name] = reflect.TypeOf(e).String()
			}
		}
	}
}

// partialEvents counts the events of the server's newest file that may hold
// differences.
func (l *live) partialEvents(t *testing.T) int {
	t.Helper()
	n := 0
	for _, e := range l.rows(t, fmt.Sprintf("SHOW BINLOG EVENTS IN '%s'", l.position(t).File)) {
		if e["Event_type"] == "Update_rows_partial" {
			n++
		}
	}
	return n
}

// TestLive_PartialJSONWithoutBefore: where the image before lacks the document,
// nobody knows the one after.
func TestLive_PartialJSONWithoutBefore(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, k JSON, c INT, j JSON)")
	s := l.tail(t)
	l.session(t, "SET binlog_row_value_options=PARTIAL_JSON", "SET binlog_row_image=MINIMAL",
		`INSERT INTO t VALUES (1, '[0]', 0, '{"a":"bbbbbbbbbb"}')`, "UPDATE t SET j=JSON_SET(j,'$.a','c')", "UPDATE t SET j='[1]'")
	same(t, "documents", documents(t, s)["t"], `1 [0] {"a":"bbbbbbbbbb"}`, "1  ", "1  [1]")
}
