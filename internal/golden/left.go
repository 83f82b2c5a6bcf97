package golden

// Left are the golden cases that this release does not reproduce, and why.
var Left = map[string]string{
	"blocking_snapshot":          "snapshots",
	"incr_snapshot":              "snapshots",
	"incr_snapshot_readonly":     "snapshots",
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

// Copied are the cases whose rows no binlog has: they need a server.
var Copied = map[string]bool{
	"snapshot_initial":        true,
	"snapshot_initial_only":   true,
	"types_snapshot_noschema": true,
}
