package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/offsets"
)

// An operator sees all of a connector's tables through the running cluster, however
// many answers that takes, forgets the last ones and adds others.
func TestRemoteStore_Tables(t *testing.T) {
	cfg := steady(t)
	cfg.Listen = freePorts(t, 1)[0]
	n := opened(t, cfg)
	var want []Table
	for v := range 6 {
		definition := make([]byte, 400<<10)
		for i := range definition {
			definition[i] = byte(rand.Uint32()) // nothing that gets smaller
		}
		want = append(want, Table{Version: offsets.TableVersion(v + 1), Definition: definition})
		if v == 3 {
			want = append(want, Table{Version: 4, Definition: []byte("of the same statement")})
		}
	}
	if err := owned(t, n).PutTables(soon(t), want); err != nil {
		t.Fatal(err)
	}
	s := dialled(t, n).Store("c")
	check := func(what string, want []Table) {
		t.Helper()
		kept, err := s.History(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, kept); !cmp.Equal(got, sorted(want)) {
			t.Errorf("%s: %d versions came, want %d", what, len(got), len(want))
		}
	}
	check("all", want)
	if err := s.Forget(soon(t), 3); !errors.Is(err, offsets.ErrNoSession) {
		t.Errorf("without a session: %v", err)
	}
	if _, err := s.Session(soon(t), offsets.NoProducer, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(soon(t), 3); err != nil {
		t.Fatal(err)
	}
	check("forgotten", want[:3])
	more := Table{Version: 4, Definition: bytes.Repeat([]byte("x"), 1000)}
	if err := s.PutTables(soon(t), []Table{more}); err != nil {
		t.Fatal(err)
	}
	check("added", append(want[:3:3], more))
}

// contents are kept tables with their definitions, as sorted prints them.
func contents(t *testing.T, kept []Kept) (out []string) {
	t.Helper()
	for _, k := range kept {
		definition, err := k.Definition()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d %s", k.Version(), offsets.HashOf(definition)))
	}
	return out
}

// sorted are tables as the cluster lists them: by version, then by hash.
func sorted(tables []Table) (out []string) {
	for _, t := range tables {
		out = append(out, fmt.Sprintf("%d %s", t.Version, offsets.HashOf(t.Definition)))
	}
	slices.Sort(out)
	return out
}
