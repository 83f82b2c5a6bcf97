package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"golang.org/x/sync/errgroup"
)

const (
	accounts = 100
	counters = 300
	clerks   = 3 // workers, which meet in rows
)

// bank is a workload whose effects can be added up: transfers keep the sum of
// all balances, each change of a counter adds one, and what has no key is only
// ever added to or removed. Every transaction that is committed puts a row of
// its own into ledger, and none that is rolled back does.
type bank struct {
	sql  *sql.DB
	db   string
	big  int           // rows of the larger transactions, at most
	pace time.Duration // between the transactions of a clerk

	mu      sync.Mutex // guards next
	next    [clerks]int
	entries atomic.Int64 // rows in ledger
	rows    atomic.Int64 // changes that were committed, about
}

// bankTables are those that are captured.
var bankTables = []string{"ledger", "account", "counter", "note"}

func newBank(t *testing.T, db *sql.DB, name string) *bank {
	t.Helper()
	b := &bank{sql: db, db: name, big: 200, pace: 4 * time.Millisecond}
	for i := range b.next {
		b.next[i] = i + 1
	}
	for _, stmt := range []string{
		"CREATE TABLE %s.ledger (id INT PRIMARY KEY, clerk INT NOT NULL)",
		"CREATE TABLE %s.account (id INT PRIMARY KEY, balance BIGINT NOT NULL)",
		"CREATE TABLE %s.counter (id INT PRIMARY KEY, n BIGINT NOT NULL, note VARCHAR(200))",
		"CREATE TABLE %s.note (entry INT NOT NULL, line INT NOT NULL, note VARCHAR(200))",
	} {
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf(stmt, name)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// open fills the accounts and the counters, as the first entries of the ledger.
func (b *bank) open(t *testing.T) {
	t.Helper()
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s.account VALUES (0,1000)", b.db)
	for i := 1; i < accounts; i++ {
		fmt.Fprintf(&s, ",(%d,1000)", i)
	}
	fmt.Fprintf(&s, ";INSERT INTO %s.counter VALUES (0,0,'')", b.db)
	for i := 1; i < counters; i++ {
		fmt.Fprintf(&s, ",(%d,0,'')", i)
	}
	if _, err := b.sql.ExecContext(t.Context(), s.String()); err != nil {
		t.Fatal(err)
	}
}

// run has the clerks at work until ctx ends, or one fails.
func (b *bank) run(ctx context.Context, seed uint64) error {
	var g errgroup.Group
	for i := range clerks {
		g.Go(func() error {
			c := &clerk{bank: b, number: i, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
			return c.work(ctx)
		})
	}
	return g.Wait()
}

// upcoming is the entry that the first clerk will make after the one at hand.
func (b *bank) upcoming() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next[0] + clerks
}

// clerk makes one transaction after the other.
type clerk struct {
	*bank
	number int
	rng    *rand.Rand
}

func (c *clerk) work(ctx context.Context) error {
	tick := time.NewTicker(c.pace)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := c.transaction(ctx); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// transaction makes one that is committed, or rolled back. It does not follow
// ctx: its outcome has to be known.
func (c *clerk) transaction(ctx context.Context) error {
	c.mu.Lock()
	id := c.next[c.number]
	c.mu.Unlock()
	stmts, rows := c.compose(id)
	commit := c.rng.IntN(12) > 0
	end := "ROLLBACK"
	if commit {
		end = "COMMIT"
	}
	err := c.exec(context.WithoutCancel(ctx), "BEGIN;"+stmts+end)
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && refused.Number == 1213 { // deadlock: rolled back
		return nil
	}
	if err != nil || !commit {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next[c.number] += clerks
	c.entries.Add(1)
	c.rows.Add(int64(rows))
	return nil
}

// exec runs statements on one connection, and leaves no transaction behind.
func (c *clerk) exec(ctx context.Context, stmts string) error {
	conn, err := c.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, stmts); err != nil {
		_, rollback := conn.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, rollback)
	}
	return nil
}

// compose writes the statements of an entry, and returns about how many rows
// they change.
func (c *clerk) compose(id int) (stmts string, rows int) {
	var s strings.Builder
	if c.rng.IntN(2) == 0 {
		rows += c.count(&s)
	}
	rows += c.transfer(&s)
	if c.rng.IntN(8) == 0 {
		s.WriteString("SAVEPOINT s;")
		c.count(&s)
		c.notes(&s, id, 1+c.rng.IntN(4))
		s.WriteString("ROLLBACK TO s;")
	}
	switch c.rng.IntN(40) {
	case 0:
		rows += c.notes(&s, id, 1+c.rng.IntN(c.big))
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
