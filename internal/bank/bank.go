package bank

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	accounts = 100
	counters = 300
	clerks   = 3 // workers, which meet in rows
)

// Bank is the workload in one database. Its methods may be called concurrently.
type Bank struct {
	// Big is how many rows the larger transactions have, at most, and Huge those
	// that are rare; 0 for none. Pace is the time between the transactions of a
	// clerk. Beside is the database where the
	// surveyor makes and drops tables; "" for no DDL. All are set before Run.
	Big    int
	Huge   int
	Pace   time.Duration
	Beside string

	sql     *sql.DB
	db      string
	clerks  [clerks]*clerk
	entries atomic.Int64 // rows in ledger
	rows    atomic.Int64 // changes that were committed, about
	altered atomic.Int64 // statements of the surveyor
}

// Tables are those that are captured.
func Tables() []string { return []string{"ledger", "account", "counter", "note", "wide", "drift"} }

// Open makes the tables in a database that is empty.
func Open(ctx context.Context, db *sql.DB, name string) (*Bank, error) {
	b := &Bank{sql: db, db: name, Big: 200, Pace: 4 * time.Millisecond}
	for i := range b.clerks {
		b.clerks[i] = &clerk{Bank: b, number: i, pending: pending{next: i + 1}}
	}
	for _, table := range []string{
		"ledger (id INT PRIMARY KEY, clerk INT NOT NULL)",
		"account (id INT PRIMARY KEY, balance BIGINT NOT NULL)",
		"counter (id INT PRIMARY KEY, n BIGINT NOT NULL, note VARCHAR(200))",
		"note (entry INT NOT NULL, line INT NOT NULL, note VARCHAR(200))",
		"wide (id INT PRIMARY KEY" + wideColumns() + ") CHARACTER SET utf8mb4",
		"drift (id INT PRIMARY KEY, n INT, note VARCHAR(100))",
	} {
		if _, err := db.ExecContext(ctx, "CREATE TABLE "+name+"."+table); err != nil {
			return nil, fmt.Errorf("%.40s: %w", table, err)
		}
	}
	return b, nil
}

// Fill makes the accounts and the counters, as the first changes that are
// captured.
func (b *Bank) Fill(ctx context.Context) error {
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s.account VALUES (0,1000)", b.db)
	for i := 1; i < accounts; i++ {
		fmt.Fprintf(&s, ",(%d,1000)", i)
	}
	fmt.Fprintf(&s, ";INSERT INTO %s.counter VALUES (0,0,'')", b.db)
	for i := 1; i < counters; i++ {
		fmt.Fprintf(&s, ",(%d,0,'')", i)
	}
	_, err := b.sql.ExecContext(ctx, s.String())
	return err
}

// Run has everybody at work until ctx ends, or one fails. The last transaction
// is one of the first clerk, behind whatever else was done.
func (b *Bank) Run(ctx context.Context, seed uint64) error {
	var g errgroup.Group
	for i, c := range b.clerks {
		c.rng = rand.New(rand.NewPCG(seed, uint64(i)))
		g.Go(func() error { return c.work(ctx) })
	}
	if b.Beside != "" {
		s := &surveyor{Bank: b, rng: rand.New(rand.NewPCG(seed, clerks))}
		g.Go(func() error { return s.work(ctx) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return b.clerks[0].enter(context.WithoutCancel(ctx))
}

// Entries is how many transactions were committed so far: rows of ledger.
func (b *Bank) Entries() int { return int(b.entries.Load()) }

// Rows is how many changes were committed so far, about.
func (b *Bank) Rows() int { return int(b.rows.Load()) }

// Altered is how often the surveyor has made, altered or dropped a table so far.
func (b *Bank) Altered() int { return int(b.altered.Load()) }

// Upcoming is an entry whose transaction has not begun, and soon will.
func (b *Bank) Upcoming() int {
	c := b.clerks[0]
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next + clerks
}

// Lag is how long ago the oldest entry was committed that has not arrived; 0
// when all have. An entry counts as arrived from when arrived first said so.
func (b *Bank) Lag(arrived func(id int) bool) time.Duration {
	var oldest time.Time
	for _, c := range b.clerks {
		if at := c.oldest(arrived); !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	if oldest.IsZero() {
		return 0
	}
	return time.Since(oldest)
}

// Sum fails unless the transfers have kept the sum of all balances.
func (b *Bank) Sum(ctx context.Context) error {
	var sum int
	err := b.sql.QueryRowContext(ctx, "SELECT SUM(balance) FROM "+b.db+".account").Scan(&sum)
	if err == nil && sum != 1000*accounts {
		err = fmt.Errorf("the balances add up to %d", sum)
	}
	return err
}

// exec runs statements on one connection, and leaves no transaction behind.
func (b *Bank) exec(ctx context.Context, stmts string) error {
	conn, err := b.sql.Conn(ctx)
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

// pending are the entries of a clerk that were committed and not seen to arrive,
// in the order of their numbers.
type pending struct {
	mu   sync.Mutex // guards what follows
	next int        // the number of the next entry
	list []entry
}

type entry struct {
	id        int
	committed time.Time
}

// commit notes that the entry at hand is committed.
func (p *pending) commit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, entry{p.next, time.Now()})
	p.next += clerks
}

// oldest is when the first of them that has not arrived was committed, or zero.
func (p *pending) oldest(arrived func(id int) bool) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.list) > 0 && arrived(p.list[0].id) {
		p.list = p.list[1:]
	}
	if len(p.list) == 0 {
		return time.Time{}
	}
	return p.list[0].committed
}
