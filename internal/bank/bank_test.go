package bank

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// TestOutcome tells what is known of a transaction by its error.
func TestOutcome(t *testing.T) {
	f := func(err error, want result, fails bool) {
		t.Helper()
		got, failed := outcome(err)
		if got != want || (failed != nil) != fails {
			t.Errorf("%v: %v, %v", err, got, failed)
		}
	}
	f(nil, done, false)
	f(&mysql.MySQLError{Number: 1213}, undone, false)
	f(errors.Join(driver.ErrBadConn, errors.New("rollback")), unknown, false)
	f(fmt.Errorf("in between: %w", &mysql.MySQLError{Number: 1053}), unknown, false)
	f(&mysql.MySQLError{Number: 1064}, undone, true)
}

// TestLag is the age of the oldest entry that has not arrived.
func TestLag(t *testing.T) {
	var b Bank
	for i := range b.clerks {
		b.clerks[i] = &clerk{Bank: &b, number: i, pending: pending{next: i + 1}}
	}
	arrived := map[int]bool{}
	lag := func() time.Duration { return b.Lag(func(id int) bool { return arrived[id] }) }
	if d := lag(); d != 0 {
		t.Errorf("nothing was committed: %s", d)
	}
	for _, c := range b.clerks {
		c.commit()
		c.commit()
	}
	for _, c := range b.clerks {
		for i := range c.list {
			c.list[i].committed = time.Now().Add(-time.Duration(c.list[i].id) * time.Minute) // 1 to 6
		}
	}
	f := func(want time.Duration, ids ...int) {
		t.Helper()
		for _, id := range ids {
			arrived[id] = true
		}
		if d := lag(); d.Round(time.Minute) != want {
			t.Errorf("%v have arrived: %s", arrived, d)
		}
	}
	f(3 * time.Minute) // the first of each clerk: they commit in order
	f(2*time.Minute+4*time.Minute, 3)
	f(5*time.Minute, 6, 2)
	f(4*time.Minute, 5, 1)
	f(0, 4)
}

// TestUpcoming is an entry of the first clerk behind the one at hand.
func TestUpcoming(t *testing.T) {
	var b Bank
	b.clerks[0] = &clerk{Bank: &b, pending: pending{next: 1}}
	if n := b.Upcoming(); n != 1+clerks {
		t.Errorf("%d", n)
	}
	b.clerks[0].commit()
	if n := b.Upcoming(); n != 1+2*clerks {
		t.Errorf("%d", n)
	}
}

// TestAlter has only columns that were added be dropped or renamed.
func TestAlter(t *testing.T) {
	s := &surveyor{Bank: &Bank{db: "d"}, rng: rand.New(rand.NewPCG(1, 2))}
	for range 200 {
		for _, columns := range [][]string{{"id", "n", "note"}, {"i_7", "id", "n", "note", "s_8"}} {
			var place, what, name string
			stmt := s.alter(columns)
			if _, err := fmt.Sscanf(stmt, "ALTER TABLE %s %s COLUMN %s", &place, &what, &name); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
			if what != "ADD" && (len(columns) == 3 || name != "i_7" && name != "s_8") {
				t.Error(stmt)
			}
		}
	}
}
