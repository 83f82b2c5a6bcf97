package ddlfuzz_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// How many sequences run on each server, and how many failures end a run.
const (
	fewSequences  = 15
	allSequences  = 2000
	enoughFailed  = 12
	shortenFor    = 40 * time.Second
	shortenAtMost = 3
)

// TestSequences runs random sequences; the package's doc says what they prove.
func TestSequences(t *testing.T) {
	seed := daemontest.Seed(t)
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			n := fewSequences
			if daemontest.Everything() {
				n = allSequences
			}
			b := newBench(t, v)
			started := time.Now()
			failed := 0
			for i := range n {
				if !b.sequence(t, seed+uint64(i), failed < shortenAtMost) {
					failed++
				}
				if d, ok := t.Deadline(); ok && time.Until(d) < time.Minute {
					t.Errorf("the time is over; the other %d are left out", n-i-1)
					break
				}
				if failed == enoughFailed {
					t.Errorf("%d sequences failed; the other %d are left out", failed, n-i-1)
					break
				}
			}
			t.Logf("%s: %d sequences, %d failed; DDL: %d accepted, %d refused; changes of rows: %d accepted, %d refused, %d rows decoded; the server went down %d times; %s",
				v, b.sequences, failed, b.accepted[false], b.refused[false], b.accepted[true], b.refused[true], b.rows, b.crashes, time.Since(started).Round(time.Second))
			b.logRefusals(t)
		})
	}
}

// batch is one DDL statement, or changes of rows.
type batch struct {
	rows  bool
	stmts []stmt
}

// source gives the next batch for a state; false at the end.
type source func(*state) (batch, bool)

// generated is a source of new batches: each DDL alone, and changes of rows
// behind what belongs together.
func generated(g *generator) source {
	queue, steps, rows := g.prologue(), 6+g.r.IntN(8), false
	return func(st *state) (batch, bool) {
		for {
			switch {
			case len(queue) > 0:
				s := queue[0]
				queue, rows = queue[1:], true
				return batch{stmts: []stmt{s}}, true
			case rows:
				rows = false
				return batch{rows: true, stmts: g.changeRows(st)}, true
			case steps == 0:
				return batch{}, false
			}
			steps--
			queue = g.next(st)
		}
	}
}

// replayed is a source of batches that are there already.
func replayed(list []batch) source {
	return func(*state) (batch, bool) {
		if len(list) == 0 {
			return batch{}, false
		}
		b := list[0]
		list = list[1:]
		return b, true
	}
}

// sequence runs one sequence and reports whether all was equal.
func (b *bench) sequence(t *testing.T, seed uint64, shorten bool) bool {
	t.Helper()
	b.sequences++
	list, err := b.play(t, generated(newGenerator(seed, b.in.maria)))
	if err == nil {
		return true
	}
	var broken serverError
	switch {
	case b.db.PingContext(t.Context()) != nil:
		t.Logf("CDCD_SEED=%d: the server went down: %v\n%s", seed, err, script(list[len(list)-1:]))
		b.crashes++
		b.revive(t)
		return true
	case errors.As(err, &broken):
		t.Fatalf("CDCD_SEED=%d: %v\n%s", seed, err, script(list))
	}
	b.restart(t)
	if shorten {
		list, err = b.shortened(t, list, err)
	}
	t.Errorf("CDCD_SEED=%d: %v\n%s", seed, err, script(list))
	return false
}

// shortened leaves out batches for as long as the rest fails.
func (b *bench) shortened(t *testing.T, list []batch, err error) ([]batch, error) {
	t.Helper()
	b.again = true
	defer func() { b.again = false }()
	end := time.Now().Add(shortenFor)
	for i := len(list) - 2; i >= 0 && time.Now().Before(end); i-- {
		without := slices.Concat(list[:i], list[i+1:])
		played, again := b.play(t, replayed(without))
		if again != nil {
			b.restart(t)
			list, err = played, again
			i = min(i, len(list)-1)
		}
	}
	return list, err
}

// script is what a user types to see the failure.
func script(list []batch) string {
	var out strings.Builder
	use, settings := "", ""
	for _, b := range list {
		for _, s := range b.stmts {
			if s.use != "" && s.use != use {
				use = s.use
				fmt.Fprintf(&out, "USE %s;\n", backquoted(use))
			}
			if s.settings != settings {
				settings = s.settings
				fmt.Fprintf(&out, "SET SESSION %s;\n", settings)
			}
			fmt.Fprintf(&out, "%s;\n", s.text)
		}
	}
	return out.String()
}
