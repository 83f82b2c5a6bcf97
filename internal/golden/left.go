package golden

// Left are the golden cases that this release does not reproduce, and why.
var Left = map[string]string{
	"blocking_snapshot":          "snapshots",
	"incr_snapshot":              "snapshots",
	"incr_snapshot_readonly":     "snapshots",
	"snapshot_initial":           "snapshots",
	"snapshot_initial_only":      "snapshots",
	"types_snapshot_noschema":    "snapshots",
	"zerofill_snapshot_crash":    "snapshots",
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
}
