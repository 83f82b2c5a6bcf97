package sink

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestPeek reads the last state beside an owner that writes, and harms it not.
func TestPeek(t *testing.T) {
	c := fakeCluster(t)
	cfg := txnConfig(t, c.ListenAddrs())
	f := func(what string, n uint64, open bool, foreign string) {
		t.Helper()
		p, err := Peek(t.Context(), cfg)
		if err != nil || p.Open != open {
			t.Fatalf("%s: %+v, %v", what, p, err)
		}
		if n == 0 != (p.Last == nil) || n > 0 && (p.Last.State.Position.Offset != n || p.Last.Session != 8) {
			t.Errorf("%s: %+v", what, p.Last)
		}
		if (p.Foreign != nil) != (foreign != "") || foreign != "" && !strings.Contains(p.Foreign.Error(), foreign) {
			t.Errorf("%s: foreign: %v", what, p.Foreign)
		}
	}
	f("no topic", 0, false, "")
	x, _ := owned(t, c.ListenAddrs(), &raft{session: 7}, func(c *TxnConfig) { c.Size, c.BatchSize = 100, 200 })
	f("an empty topic", 0, false, "")
	mustTransact(t, x, shop, 0, 3)
	f("a state", 3, false, "")
	x.level = neverEnds{x.level}
	if err := transact(t.Context(), x, shop, 3, 4); err != nil {
		t.Fatal(err)
	}
	<-x.k.ctx.Done()
	f("behind it an open transaction", 3, true, "")
	cfg.Cluster = "other"
	f("of another deployment", 3, true, "cdcd offsets reset --connector TestPeek --to kafka")
}

// TestPeekUnreachable gives up when it is told to, and says why.
func TestPeekUnreachable(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Peek(ctx, txnConfig(t, []string{"127.0.0.1:1"}))
	if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}
