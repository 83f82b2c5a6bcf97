package connector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cdcd/internal/golden"
)

// died are the golden cases in which Debezium's task died before the first
// record was written, and what cdcd does instead: the records, as short as
// brief makes them, and what is in the error that ends them.
var died = map[string]struct {
	records []string
	stops   []string
}{
	// Under MINIMAL and NOBLOB. The unknown date of the first update is NULL, and
	// the header says so.
	"row_image_minimal": {records: []string{
		`c {"id":1} null {"id":1,"customer":"a","amount":"ZA==","note":null,"secret":null,"created":1577836800000}`,
		`u {"id":1} {"id":1,"customer":"?","amount":null,"note":"?","secret":"?","created":null} {"id":1,"customer":"?","amount":"AMg=","note":"?","secret":"?","created":null} lacks customer,note,secret,created`,
		`d {"id":1} {"id":1,"customer":"?","amount":null,"note":"?","secret":"?","created":null} null`,
		`tombstone {"id":1}`,
		`c null null {"a":1,"b":null,"c":3}`,
		`u null {"a":1,"b":null,"c":3} {"a":1,"b":"x","c":3}`,
		`d null {"a":1,"b":"x","c":3} null`,
		`tombstone null`,
		`c {"id":2} null {"id":2,"customer":"a","amount":null,"note":"n","secret":null,"created":1577836800000}`,
		`u {"id":2} {"id":2,"customer":"a","amount":null,"note":"?","secret":null,"created":1577836800000} {"id":2,"customer":"a","amount":"AMg=","note":"?","secret":null,"created":1577836800000} lacks note`,
		`d {"id":2} {"id":2,"customer":"a","amount":"AMg=","note":"?","secret":null,"created":1577836800000} null`,
		`tombstone {"id":2}`,
	}},
	// A TIME that is no time of day in a column that cannot be NULL.
	"time_connect_negative_crash": {records: []string{
		`c {"id":1} null {"id":1,"t":1000}`,
		`c {"id":2} null {"id":2,"t":-1000}`,
	}},
	// A column that the binlog does not tell of. Debezium's task dies at the same
	// row, whatever inconsistent.schema.handling.mode says.
	"schema_mismatch_warn": {
		records: []string{`c {"id":1} null {"id":1,"customer":"a","amount":null,"note":null,"secret":null,"created":1577836800000}`},
		stops:   []string{"binlog.000172:1727", "table schema_mismatch_warn.orders", "7 columns, not 6"},
	},
}

func TestGolden_TaskDied(t *testing.T) {
	for name, want := range died {
		t.Run(name, func(t *testing.T) {
			c, err := golden.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(c.Data()); n != 0 {
				t.Fatalf("Debezium wrote %d records", n)
			}
			cfg, _, err := ParseConfig(name, c.Config)
			if err != nil {
				t.Fatal(err)
			}
			records, err := replayCase(t, c, cfg)
			if (err != nil) != (want.stops != nil) {
				t.Error(err)
			}
			for _, part := range want.stops {
				if err != nil && !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in %v", part, err)
				}
			}
			var got []string
			for _, r := range records {
				if r.Topic != cfg.Format.TopicPrefix { // of DDL
					got = append(got, brief(t, r))
				}
			}
			if err != nil { // what was under way is not handed on
				want.records = want.records[:min(len(got), len(want.records))]
			}
			if strings.Join(got, "\n") != strings.Join(want.records, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.records, "\n"))
			}
		})
	}
}

// brief prints operation, key, before, after, and what a header says that after
// lacks; ? is the placeholder.
func brief(t *testing.T, r golden.Record) string {
	t.Helper()
	var k struct{ Payload json.RawMessage }
	var v struct {
		Payload struct {
			Op            string
			Before, After json.RawMessage
		}
	}
	for text, into := range map[*string]any{r.Key: &k, r.Value: &v} {
		if text == nil {
			continue
		}
		if err := json.Unmarshal([]byte(*text), into); err != nil {
			t.Fatal(err)
		}
	}
	if r.Key == nil {
		k.Payload = []byte("null")
	}
	if r.Value == nil {
		return "tombstone " + string(k.Payload)
	}
	line := fmt.Sprintf("%s %s %s %s", v.Payload.Op, k.Payload, v.Payload.Before, v.Payload.After)
	if h := r.Headers[0]; h.Name == "cdcd.unavailable" {
		line += " lacks " + *h.Value
	}
	return strings.ReplaceAll(line, "__debezium_unavailable_value", "?")
}
