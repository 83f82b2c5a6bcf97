package golden

import "testing"

// Left are the golden cases that this release does not reproduce, and why.
var Left = map[string]string{
	"outbox_default":             "transforms",
	"outbox_expand":              "transforms",
	"outbox_noschema":            "transforms",
	"outbox_string":              "transforms",
	"regex_router":               "transforms",
	"smt_byLogical":              "transforms",
	"smt_changes":                "transforms",
	"smt_timezone":               "transforms",
	"smt_vecgeo":                 "transforms",
	"unwrap_default":             "transforms",
	"unwrap_delete_to_tombstone": "transforms",
	"unwrap_drop":                "transforms",
	"unwrap_fields":              "transforms",
	"unwrap_fields_prefix":       "transforms",
	"unwrap_rewrite":             "transforms",
	"unwrap_rewrite_schema":      "transforms",
	"unwrap_tombstone":           "transforms",
	"zerofill_snapshot_crash":    "Debezium's task died while it copied",
}

// Each runs f on every case of the names that this release reproduces.
func Each(t *testing.T, names []string, f func(t *testing.T, c *Case)) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if why, ok := Left[name]; ok {
				t.Skip("not in this release: " + why)
			}
			c, err := Load(name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, c)
		})
	}
}
