package bank

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// clerk makes one transaction after the other.
type clerk struct {
	*Bank
	pending
	number int
	rng    *rand.Rand
}

func (c *clerk) work(ctx context.Context) error {
	tick := time.NewTicker(c.Pace)
	defer tick.Stop()
	for ctx.Err() == nil {
		// Not ctx: the outcome has to be known.
		if err := c.transaction(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("clerk %d: %w", c.number, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// transaction makes one that is committed, or rolled back.
func (c *clerk) transaction(ctx context.Context) error {
	stmts, rows := c.compose(c.next)
	if c.rng.IntN(12) == 0 {
		_, err := outcome(c.exec(ctx, "BEGIN;"+stmts+"ROLLBACK"))
		return err
	}
	committed, err := c.committed(ctx, c.exec(ctx, "BEGIN;"+stmts+"COMMIT"))
	if committed {
		c.commit()
		c.entries.Add(1)
		c.rows.Add(int64(rows))
	}
	return err
}

// enter commits an entry and nothing else.
func (c *clerk) enter(ctx context.Context) error {
	err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s.ledger VALUES (%d,%d)", c.db, c.next, c.number))
	if err == nil {
		c.commit()
		c.entries.Add(1)
	}
	return err
}

// The outcomes of a transaction.
type result int

const (
	done    result = iota
	undone         // it was rolled back
	unknown        // the server went away
)

// outcome tells what came of a transaction by what its COMMIT returned. The error
// is one that does not happen to a transaction that is right.
func outcome(err error) (result, error) {
	var refused *mysql.MySQLError
	switch {
	case err == nil:
		return done, nil
	case !errors.As(err, &refused):
		return unknown, nil
	case refused.Number == 1213: // deadlock
		return undone, nil
	case refused.Number == 1053 || refused.Number == 1317 || refused.Number == 4031: // shutting down, and what goes with it
		return unknown, nil
	}
	return undone, err
}

// patience is how long the server may be away.
const patience = 2 * time.Minute

// committed tells whether the entry at hand is, when COMMIT has returned err.
// Where the server went away it is asked when it is back: by then it has ended
// the transaction this way or that.
func (c *clerk) committed(ctx context.Context, err error) (bool, error) {
	came, failed := outcome(err)
	if came != unknown {
		return came == done, failed
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var n int
		asked := c.sql.QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) FROM %s.ledger WHERE id=%d FOR UPDATE", c.db, c.next)).Scan(&n)
		if asked == nil {
			return n > 0, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, errors.Join(err, asked)
		}
	}
}

// compose writes the statements of an entry, and returns about how many rows
// they change.
func (c *clerk) compose(id int) (stmts string, rows int) {
	var s strings.Builder
	if c.rng.IntN(2) == 0 {
		rows += c.count(&s)
	}
	rows += c.transfer(&s)
	if c.rng.IntN(2) == 0 {
		rows += c.widen(&s)
	}
	if c.rng.IntN(8) == 0 {
		s.WriteString("SAVEPOINT s;")
		c.count(&s)
		c.notes(&s, id, 1+c.rng.IntN(4))
		s.WriteString("ROLLBACK TO s;")
	}
	if c.Huge > 0 && c.rng.IntN(3000) == 0 {
		rows += c.notes(&s, id, c.Huge/2+c.rng.IntN(c.Huge))
	}
	switch c.rng.IntN(40) {
	case 0:
		rows += c.notes(&s, id, 1+c.rng.IntN(c.Big))
	case 1:
		fmt.Fprintf(&s, "DELETE FROM %s.note WHERE entry < %d ORDER BY entry, line LIMIT 50;", c.db, id-1000)
	default:
		rows += c.notes(&s, id, c.rng.IntN(4))
	}
	fmt.Fprintf(&s, "INSERT INTO %s.ledger VALUES (%d,%d);", c.db, id, c.number)
	return s.String(), rows + 1
}

// transfer moves money between accounts, the lower ones first so that clerks
// seldom wait for each other in a circle.
func (c *clerk) transfer(s *strings.Builder) int {
	ids := c.rng.Perm(accounts)[:2+c.rng.IntN(3)]
	slices.Sort(ids)
	amount := 1 + c.rng.IntN(50)
	for i, id := range ids {
		move := amount
		if i == 0 {
			move = -amount * (len(ids) - 1)
		}
		fmt.Fprintf(s, "UPDATE %s.account SET balance=balance+(%d) WHERE id=%d;", c.db, move, id)
	}
	return len(ids)
}

func (c *clerk) count(s *strings.Builder) int {
	ids := c.rng.Perm(counters)[:1+c.rng.IntN(6)]
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Fprintf(s, "UPDATE %s.counter SET n=n+1,note='%s' WHERE id=%d;", c.db, strings.Repeat("c", c.rng.IntN(100)), id)
	}
	return len(ids)
}

func (c *clerk) notes(s *strings.Builder, id, n int) int {
	for i := range n {
		if i == 0 {
			fmt.Fprintf(s, "INSERT INTO %s.note VALUES ", c.db)
		} else {
			s.WriteString(",")
		}
		fmt.Fprintf(s, "(%d,%d,'%s')", id, i, strings.Repeat("n", c.rng.IntN(60)))
	}
	if n > 0 {
		s.WriteString(";")
	}
	return n
}
