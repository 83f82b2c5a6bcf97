package binlog

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// TestReader_MariaDBEncrypted: a server that encrypts its files sends them in
// clear, with the event that says how they are encrypted.
func TestReader_MariaDBEncrypted(t *testing.T) {
	b, err := os.ReadFile("testdata/mariadb_encrypted.dump")
	if err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	encrypted := 0
	for len(b) > 0 {
		size := binary.LittleEndian.Uint32(b[9:])
		raws, b = append(raws, b[:size]), b[size:]
		if eventType(raws[len(raws)-1][4]) == typeMariaStartEncryption {
			encrypted++
		}
	}
	tables := testTables(t)
	define := schema.DDL{Database: databaseOf(t, raws), Statement: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) CHARSET latin1"}
	if _, err := tables.Apply(define); err != nil {
		t.Fatal(err)
	}
	every := func(schema.ID) bool { return true }
	r, err := newReader(readerConfig{flavor: event.MariaDB, tables: tables, capture: every, queries: true},
		&fakeStream{raws: raws, err: io.EOF}, event.Position{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		item, err := r.next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rows, ok := item.(*event.Rows); ok {
			got = append(got, rows.Meta.File+" "+images(t, rows)+" "+rows.Meta.Query)
		}
	}
	same(t, "rows", got, "binlog.000002 1 INSERT INTO t VALUES (1,'s3cret')", "binlog.000002 1>2 UPDATE t SET id=2", "binlog.000003 2 DELETE FROM t")
	if encrypted != 2 {
		t.Errorf("%d events about the encryption", encrypted)
	}
}

// databaseOf is the one that the first table map names.
func databaseOf(t *testing.T, raws [][]byte) string {
	t.Helper()
	for _, raw := range raws {
		if h, err := parseHeader(raw); err == nil && h.Type == typeTableMap {
			_, id, err := tableMapID(raw[headerSize:], 8)
			if err != nil {
				t.Fatal(err)
			}
			return id.Database
		}
	}
	t.Fatal("no table map")
	return ""
}

// The file of such a server is not read at all: what is behind the first events
// could look like any event.
func TestOpenFiles_Encrypted(t *testing.T) {
	got, err := readFiles(t, mariaHistory(), "testdata/mariadb_encrypted.binlog")
	if !errors.Is(err, errEncrypted) || !strings.Contains(err.Error(), "mariadb_encrypted.binlog") || Retryable(err) {
		t.Errorf("%q, %v", got, err)
	}
}
