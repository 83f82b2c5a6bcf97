package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/offsets"
)

func TestStore_NothingAtFirst(t *testing.T) {
	s := owned(t, opened(t, single(t)))
	if o, err := s.Load(soon(t)); err != nil || !o.Offset.Position.IsZero() || o.Offset.N != 0 || o.Writer.ID != 0 {
		t.Fatalf("Load() = %v, %v", o, err)
	}
	if tables, err := s.Tables(soon(t), 99); err != nil || len(tables) != 0 {
		t.Fatalf("Tables() = %v, %v", tables, err)
	}
	if err := errors.Join(s.Flush(soon(t)), s.PutTables(soon(t), nil)); err != nil {
		t.Fatal(err)
	}
}

func TestStore_SuccessorShutsOut(t *testing.T) {
	n := opened(t, single(t))
	old := owned(t, n)
	old.Mirror(offset(3))
	if err := old.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	owned(t, n)
	old.Mirror(offset(4))
	if err := old.Flush(soon(t)); !errors.Is(err, offsets.ErrStaleSession) {
		t.Fatalf("Flush: %v", err)
	}
	if err := old.PutTables(soon(t), []Table{{1, []byte("a")}}); !errors.Is(err, offsets.ErrStaleSession) {
		t.Fatalf("PutTables: %v", err)
	}
	if got := stored(n); !cmp.Equal(got, offset(3)) {
		t.Fatalf("stored is %v", got)
	}
	if _, err := old.Session(soon(t), offsets.NoProducer, 0); err != nil {
		t.Fatal(err)
	}
	old.Mirror(offset(5))
	if err := old.Flush(soon(t)); err != nil {
		t.Fatalf("after a takeover: %v", err)
	}
}

// A session is numbered above what was found elsewhere, as by a cluster that lost
// its disks.
func TestStore_SessionAboveWhatIsFound(t *testing.T) {
	s := owned(t, opened(t, single(t)))
	if id, err := s.Session(soon(t), offsets.Producer{ID: 7}, 41); err != nil || id != 42 {
		t.Fatalf("session %d, %v", id, err)
	}
	if id, err := s.Session(soon(t), offsets.Producer{ID: 7}, 3); err != nil || id != 43 {
		t.Fatalf("session %d, %v", id, err)
	}
}

// An operator moves an offset back, and the next reader sees who did.
func TestStore_Reset(t *testing.T) {
	n := opened(t, single(t))
	s := owned(t, n)
	s.Mirror(offset(9))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	operator := owned(t, n)
	if err := operator.Reset(soon(t), offset(4)); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Load(soon(t)); err != nil || o.Offset.N != 4 || o.Writer != o.Session {
		t.Fatalf("Load() = %+v, %v", o, err)
	}
	if err := s.Reset(soon(t), offset(5)); !errors.Is(err, offsets.ErrStaleSession) {
		t.Fatalf("by a session that is over: %v", err)
	}
}

func TestStore_NothingWithoutSession(t *testing.T) {
	s := opened(t, single(t)).Store("c", 1)
	s.Mirror(offset(1))
	if err := s.Flush(soon(t)); !errors.Is(err, offsets.ErrNoSession) {
		t.Fatalf("Flush: %v", err)
	}
}

func TestStore_TablesForgetLaterOnes(t *testing.T) {
	s := owned(t, opened(t, single(t)))
	all := []Table{{3, []byte("three")}, {1, []byte("one")}, {2, []byte("two")}, {2, []byte("one")}}
	if err := s.PutTables(soon(t), all); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := tablesOf(t, s, 2); len(got) != 3 || got[0].Version != 1 || got[2].Version != 2 {
			t.Fatalf("Tables() = %v", got)
		}
	}
	if err := s.PutTables(soon(t), []Table{{3, []byte("other three")}}); err != nil {
		t.Fatal(err)
	}
	if got := tablesOf(t, s, 3); len(got) != 4 || string(got[3].Definition) != "other three" {
		t.Fatalf("Tables() = %v", got)
	}
}

// TestStore_UnfinishedFirstLoadIsForgotten stores tables, and the process ends
// before the first offset.
func TestStore_UnfinishedFirstLoadIsForgotten(t *testing.T) {
	n := opened(t, single(t))
	if err := owned(t, n).PutTables(soon(t), []Table{{1, []byte("a")}, {2, []byte("gone since")}}); err != nil {
		t.Fatal(err)
	}
	s := owned(t, n)
	if o, err := s.Load(soon(t)); err != nil || o.Offset.N != 0 || o.Tables != 2 {
		t.Fatalf("Load() = %v, %v", o, err)
	}
	if got, err := s.Tables(soon(t), 0); err != nil || len(got) != 0 {
		t.Fatalf("Tables() = %v, %v", got, err)
	}
	if err := s.PutTables(soon(t), []Table{{1, []byte("b")}}); err != nil {
		t.Fatal(err)
	}
	if got := tablesOf(t, s, 9); len(got) != 1 || string(got[0].Definition) != "b" {
		t.Fatalf("Tables() = %v", got)
	}
}

// TestStore_ManyTablesTakeManyEntries stores more than one entry holds.
func TestStore_ManyTablesTakeManyEntries(t *testing.T) {
	n := opened(t, single(t))
	s := owned(t, n)
	var tables []Table
	for i := range 40 {
		tables = append(tables, Table{offsets.TableVersion(i + 1), noise(uint64(i), 50_000)})
	}
	before := commands(t, n)
	if err := s.PutTables(soon(t), tables); err != nil {
		t.Fatal(err)
	}
	if entries := commands(t, n) - before; entries != 4 {
		t.Fatalf("%d entries", entries)
	}
	if got := tablesOf(t, s, 40); !reflect.DeepEqual(got, tables) {
		t.Fatalf("%d tables", len(got))
	}
	if err := s.PutTables(soon(t), []Table{{41, noise(1, offsets.MaxEntry+1)}}); !errors.Is(err, offsets.ErrInvalid) {
		t.Fatalf("PutTables: %v", err)
	}
	if err := s.PutTables(soon(t), []Table{{41, make([]byte, maxDefinition+1)}}); !errors.Is(err, offsets.ErrInvalid) {
		t.Fatalf("PutTables: %v", err)
	}
}

// noise is content that does not compress.
func noise(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestStore_DefinitionsAreSentOnce: what the cluster has of one connector is not
// sent again for another one, unless it was forgotten meanwhile.
func TestStore_DefinitionsAreSentOnce(t *testing.T) {
	n := opened(t, single(t))
	a := owned(t, n)
	same := []Table{{1, noise(1, 300<<10)}, {2, noise(2, 300<<10)}}
	entries := func(s *Store) uint64 {
		t.Helper()
		before := commands(t, n)
		if err := s.PutTables(soon(t), same); err != nil {
			t.Fatal(err)
		}
		return commands(t, n) - before
	}
	if got := entries(a); got != 2 {
		t.Errorf("the first time: %d entries", got)
	}
	b := n.Store("other", 1)
	if _, err := b.Session(soon(t), offsets.NoProducer, 0); err != nil {
		t.Fatal(err)
	}
	if got := entries(b); got != 1 {
		t.Errorf("what is stored: %d entries", got)
	}
	if got := tablesOf(t, b, 2); !reflect.DeepEqual(got, same) {
		t.Errorf("%d tables", len(got))
	}
	if err := b.packTables(soon(t), []Table{{3, []byte("forgotten")}}, func(offsets.Hash) bool { return true }); !errors.Is(err, offsets.ErrUnknownDefinition) {
		t.Errorf("a definition that is not stored: %v", err)
	}
}

func TestUnpack_NoticesOtherContent(t *testing.T) {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	never := func(offsets.Hash) bool { return false }
	a, err1 := p.pack(Table{1, bytes.Repeat([]byte("a"), 1000)}, never)
	b, err2 := p.pack(Table{1, bytes.Repeat([]byte("b"), 1000)}, never)
	if err := errors.Join(err1, err2); err != nil || len(a.Definition) > 100 {
		t.Fatalf("%d bytes, %v", len(a.Definition), err)
	}
	a.Definition = b.Definition
	for _, wrong := range []offsets.Table{a, {Version: 1, Definition: []byte("no zstd")}, {Version: 1}} {
		if _, err := (Kept{wrong, p}).Definition(); !errors.Is(err, offsets.ErrCorrupt) {
			t.Fatalf("unpack: %v", err)
		}
	}
}

// BenchmarkApply is the latency of one command on one node: an fsync and a
// little.
func BenchmarkApply(b *testing.B) {
	n := opened(b, single(b))
	s := owned(b, n)
	b.ReportAllocs()
	for i := range b.N {
		c := offsets.Mirror{Entries: []offsets.Entry{{Connector: "c", Session: s.owner().session, Offset: offset(uint64(i))}}}
		if err := n.Apply(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPutTables stores versions of a table of twenty columns.
func BenchmarkPutTables(b *testing.B) {
	s := owned(b, opened(b, single(b)))
	v := 0
	for b.Loop() {
		v++
		definition := fmt.Appendf(nil, `{"id":{"db":"shop","name":"t%d"},"columns":[%s]}`, v, bytes.Repeat([]byte(`{"name":"column","type":"varchar(64)"},`), 20))
		if err := s.PutTables(b.Context(), []Table{{offsets.TableVersion(v), definition}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMirror is what a caller pays for mirroring.
func BenchmarkMirror(b *testing.B) {
	s := owned(b, opened(b, single(b)))
	o := offset(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Mirror(o)
	}
}
