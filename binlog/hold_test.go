package binlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdcd/event"
)

// stored puts a branch of n rows events of size bytes into the hold.
func (h *hold) stored(t testing.TB, x xid, n, size int) {
	t.Helper()
	h.begin(&event.Txn{})
	for i := range n {
		if err := h.add(heldOf(x, i, size)); err != nil {
			t.Fatal(err)
		}
	}
	h.keep(x, h.take())
}

func heldOf(x xid, i, size int) heldRows {
	return heldRows{
		header: header{Type: typeWriteRows, Timestamp: 5, ServerID: 6}, postHeader: 10, start: uint64(i), binding: &binding{},
		query: fmt.Sprintf("%s %d", x, i), body: bytes.Repeat([]byte{byte(i)}, size),
	}
}

// intact checks that the branch gives back what was put in.
func (h *hold) intact(t testing.TB, x xid, n, size int) {
	t.Helper()
	r := h.records(h.branches[x])
	for i := range n {
		got, err := r.next()
		want := heldOf(x, i, size)
		if err != nil || got.header != want.header || got.postHeader != want.postHeader || got.start != want.start ||
			got.query != want.query || !bytes.Equal(got.body, want.body) || got.binding != h.branches[x].bindings[i] {
			t.Fatalf("%s, event %d: %+v, %v", x, i, got, err)
		}
	}
	if _, err := r.next(); !errors.Is(err, io.EOF) {
		t.Errorf("%s: behind the last event: %v", x, err)
	}
}

// TestHold_Compacts: a branch that stays does not keep the space of those that
// came after it, and what is moved is read as it was.
func TestHold_Compacts(t *testing.T) {
	dir := t.TempDir()
	h := newHold(5000, dir)
	h.stored(t, "small", 3, 100)
	h.stored(t, "stays", 4, 2000)
	const large = 24 << 20
	for i := range 6 {
		h.stored(t, xid(fmt.Sprint("a", i)), 1, large)
		h.stored(t, xid(fmt.Sprint("b", i)), 2, 3000)
		h.drop(xid(fmt.Sprint("a", i)))
		if i > 0 {
			h.drop(xid(fmt.Sprint("b", i-1)))
		}
		if size := spillSize(t, h); size > minCompact+2*large {
			t.Fatalf("the file has %d bytes", size)
		}
	}
	h.intact(t, "small", 3, 100)
	h.intact(t, "stays", 4, 2000)
	h.intact(t, "b5", 2, 3000)
	h.drop("stays")
	h.drop("b5")
	if size := spillSize(t, h); size != 0 {
		t.Errorf("nothing is spilled, and the file has %d bytes", size)
	}
	if h.drop("small"); h.memory != 0 {
		t.Errorf("nothing is held, and it takes %d bytes", h.memory)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func spillSize(t testing.TB, h *hold) int64 {
	t.Helper()
	info, err := h.spill.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	return info.Size()
}

// TestHold_Named: where an open file keeps its name, it is removed at the end.
func TestHold_Named(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	s := spill{file: f, named: true}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
}

// TestHold_NoSpace: the error names the folder, and trying again does not mend
// it.
func TestHold_NoSpace(t *testing.T) {
	f := func(what string, h *hold, folder string) {
		t.Helper()
		h.begin(&event.Txn{})
		err := h.add(heldOf("x", 0, 100))
		if !errors.Is(err, ErrSpill) || Retryable(err) || !strings.Contains(err.Error(), folder) {
			t.Errorf("%s: %v", what, err)
		}
	}
	folder := filepath.Join(t.TempDir(), "gone")
	f("no folder", newHold(1, folder), folder)
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("the system has no device that is always full: %v", err)
	}
	h := newHold(1, folder)
	h.spill.file = full
	f("full disk", h, folder)
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

// TestHold_Aborts: a group that breaks off leaves nothing.
func TestHold_Aborts(t *testing.T) {
	h := newHold(300, t.TempDir())
	h.stored(t, "a", 2, 100)
	for range 3 {
		h.begin(&event.Txn{})
		if err := h.add(heldOf("x", 0, 500)); err != nil {
			t.Fatal(err)
		}
	}
	h.retain([]event.Branch{{XID: "a"}})
	if h.current != nil || len(h.spill.extents) != 0 || h.memory == 0 {
		t.Errorf("held: %+v", h)
	}
	h.intact(t, "a", 2, 100)
	if h.retain(nil); h.memory != 0 || len(h.branches) != 0 {
		t.Errorf("held: %+v", h)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}
