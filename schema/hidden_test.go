package schema_test

import (
	"errors"
	"slices"
	"testing"

	"cdcd/schema"
)

// What stands behind the columns is hidden only where a unique key may need it and
// where it looks so; all else is a column that the definition lacks.
func TestHidden(t *testing.T) {
	id, text, hash := schema.WireColumn{Type: schema.WireLong, Nullable: true}, schema.WireColumn{Type: schema.WireBlob, Meta: 2, Nullable: true},
		schema.WireColumn{Type: schema.WireLongLong, Nullable: true}
	f := func(flavor schema.Flavor, key string, fits bool, meta *schema.Metadata, more ...schema.WireColumn) {
		t.Helper()
		tr := schema.New(schema.WithFlavor(flavor))
		apply(t, tr, "CREATE TABLE t (id int, a text, v varchar(100)"+key+")")
		v := schema.WireColumn{Type: schema.WireVarchar, Meta: 400, Nullable: true}
		m := &schema.TableMap{ID: inD("t"), Meta: meta, Columns: slices.Concat([]schema.WireColumn{id, text, v}, more)}
		if _, err := tr.Resolve(m); errors.Is(err, schema.ErrMismatch) == fits {
			t.Errorf("%s, %d hidden: %v", key, len(more), err)
		}
	}
	const maria = schema.FlavorMariaDB
	names := func(name string) *schema.Metadata { return &schema.Metadata{Names: []string{"id", "a", "v", name}} }
	signs := func(unsigned bool) *schema.Metadata {
		return &schema.Metadata{Unsigned: []bool{false, false, false, unsigned}}
	}
	f(maria, "", true, nil)
	f(maria, "", false, nil, hash)
	f(maria, ", UNIQUE (a)", true, nil)
	f(maria, ", UNIQUE (a)", true, nil, hash)
	f(maria, ", UNIQUE (a)", false, nil, hash, hash)
	f(maria, ", UNIQUE (a)", false, nil, id)
	f(maria, ", UNIQUE (a), UNIQUE (id) USING HASH", true, nil, hash, hash)
	f(maria, ", UNIQUE (id), UNIQUE (v), KEY (a(10)) USING HASH", false, nil, hash)
	f(maria, ", UNIQUE (a)", true, names("DB_ROW_HASH_1"), hash)
	f(maria, ", UNIQUE (a)", false, names("b"), hash)
	f(maria, ", UNIQUE (a)", true, signs(true), hash)
	f(maria, ", UNIQUE (a)", false, signs(false), hash)
	f(schema.FlavorMySQL, ", UNIQUE (a(10))", false, nil, hash)
}
