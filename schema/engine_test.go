package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cdcd/schema"
)

// TestEngine: which tables a ROLLBACK leaves as they are.
func TestEngine(t *testing.T) {
	f := func(want string, transactional, known bool, statements ...string) {
		t.Helper()
		tr := schema.New()
		apply(t, tr, statements...)
		tb := tr.Table(schema.ID{Database: "d", Name: "t"})
		got, isKnown := tb.Transactional()
		if tb.Engine != want || got != transactional || isKnown != known {
			t.Errorf("%q: engine %q, transactional %t, known %t", statements, tb.Engine, got, isKnown)
		}
	}
	f("", true, true, "CREATE TABLE t (x int)")
	f("", true, true, "CREATE TABLE t (x int) ENGINE=InnoDB")
	f("MyISAM", false, true, "CREATE TABLE t (x int) engine myisam COMMENT 'ENGINE=InnoDB'")
	f("MEMORY", false, true, "CREATE TABLE t (x int) CHARSET=latin1 ENGINE = 'HEAP'")
	f("Aria", false, true, "CREATE TABLE t (x int) ENGINE=Aria PAGE_CHECKSUM=1")
	f("ROCKSDB", true, true, "CREATE TABLE t (x int) ENGINE=RocksDB PARTITION BY HASH (x) PARTITIONS 2")
	f("CONNECT", false, false, "CREATE TABLE t (x int) ENGINE=CONNECT")
	f("MyISAM", false, true, "CREATE TABLE o (x int) ENGINE=MyISAM", "CREATE TABLE t LIKE o")
	f("MyISAM", false, true, "CREATE TABLE o (x int) ENGINE=MyISAM", "RENAME TABLE o TO t", "ALTER TABLE t ADD y int")
	f("CSV", false, true, "CREATE TABLE t (x int)", "ALTER TABLE t ADD y int NOT NULL, ENGINE=CSV")
	f("", true, true, "CREATE TABLE t (x int) ENGINE=MyISAM", "ALTER TABLE t ENGINE=innodb")
}

func TestEngine_Default(t *testing.T) {
	tr := schema.New(schema.WithDefaultEngine("myisam"))
	apply(t, tr, "CREATE TABLE t (x int)", "CREATE TABLE u (x int) ENGINE=InnoDB")
	for name, want := range map[string]string{"t": "MyISAM", "u": ""} {
		if got := tr.Table(schema.ID{Database: "d", Name: name}).Engine; got != want {
			t.Errorf("%s: engine %q, want %q", name, got, want)
		}
	}
}

// TestEngine_Stored: definitions of InnoDB tables are stored as they were before
// engines were kept, so that their hashes stay.
func TestEngine_Stored(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE t (x int) ENGINE=InnoDB", "CREATE TABLE u (x int) ENGINE=MyISAM")
	for name, want := range map[string]bool{"t": false, "u": true} {
		text, err := json.Marshal(tr.Table(schema.ID{Database: "d", Name: name}))
		if err != nil || strings.Contains(string(text), `"engine"`) != want {
			t.Errorf("%s is stored as %s, %v", name, text, err)
		}
	}
}
