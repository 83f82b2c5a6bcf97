// Command demo shows cdcd at work: it starts a real MySQL, builds and starts
// "cdcd dev" as a user would, changes rows, and prints the events that arrive.
// With DEMO_EXIT=1 it ends after 20 events.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"cdcd/internal/mysqltest"
)

// wanted is how many events DEMO_EXIT=1 waits for.
const wanted = 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the only deferred call was just made
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "cdcd-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	say("fetching (once) and starting MySQL ...")
	server, err := mysqltest.Open(ctx, mysqltest.MySQL97, say)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	db, err := shop(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	binary := filepath.Join(dir, "cdcd")
	say("building cdcd ...")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/cdcd")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build cdcd: %w", err)
	}
	return follow(ctx, binary, server, db)
}

func say(format string, args ...any) { fmt.Printf("# "+format+"\n", args...) }

// shop makes the table that the demo follows.
func shop(ctx context.Context, server *mysqltest.Server) (*sql.DB, error) {
	db, err := sql.Open("mysql", server.DSN())
	if err != nil {
		return nil, err
	}
	for _, stmt := range []string{
		"CREATE DATABASE shop",
		`CREATE TABLE shop.orders (id INT AUTO_INCREMENT PRIMARY KEY, customer VARCHAR(40) NOT NULL,
			amount DECIMAL(8,2), status ENUM('new','paid','sent') NOT NULL DEFAULT 'new', placed DATETIME(3))`,
	} {
		if _, err := db.ExecContext(ctx, stmt); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// follow runs cdcd, changes rows and prints events until it has seen enough.
func follow(ctx context.Context, binary string, server *mysqltest.Server, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dsn := fmt.Sprintf("mysql://root@%s:%d", server.Host, server.Port)
	args := []string{"dev", "--mysql", dsn, "--tables", "shop.orders", "--kafka", "127.0.0.1:0", "--http", "127.0.0.1:0"}
	say("cdcd %s", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer cancel()
		bootstrap, err := ready(out)
		if err != nil {
			return err
		}
		g.Go(func() error { return change(ctx, db) })
		return watch(ctx, bootstrap)
	})
	err = g.Wait()
	return errors.Join(err, cmd.Wait())
}

// ready waits for the line in which cdcd says where its broker listens, and
// goes on reading so that cdcd never waits for us.
func ready(out io.Reader) (string, error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if bootstrap, ok := strings.CutPrefix(lines.Text(), "kafka.bootstrap.servers="); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return bootstrap, nil
		}
	}
	return "", errors.Join(errors.New("cdcd ended before it was ready"), lines.Err())
}

// change inserts, updates and deletes orders, a few a second.
func change(ctx context.Context, db *sql.DB) error {
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	customers := []string{"Anne", "Ben", "Çelik", "Dagny"}
	for n := 1; ; n++ {
		stmt, args := "INSERT INTO shop.orders (customer, amount, placed) VALUES (?, ?, NOW(3))", []any{customers[n%4], n * 5}
		switch n % 3 {
		case 0:
			stmt, args = "UPDATE shop.orders SET status = 'paid', amount = amount + 1 WHERE id = ?", []any{n / 2}
		case 2:
			if n%2 == 0 {
				stmt, args = "DELETE FROM shop.orders WHERE id = ?", []any{n / 3}
			}
		}
		if _, err := db.ExecContext(ctx, stmt, args...); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch prints what a Kafka consumer reads.
func watch(ctx context.Context, bootstrap string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeTopics(`^shop\.shop\..*`), kgo.ConsumeRegex(),
		kgo.MetadataMaxAge(time.Second), kgo.MetadataMinAge(100*time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for seen := 0; ; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for r := range fetches.RecordsAll() {
			seen++
			fmt.Printf("%s  key=%s\n    %s\n", r.Topic, r.Key, orTombstone(r.Value))
		}
		if seen >= wanted && os.Getenv("DEMO_EXIT") == "1" {
			say("%d events seen", seen)
			return nil
		}
	}
}

func orTombstone(value []byte) string {
	if value == nil {
		return "(tombstone)"
	}
	return string(value)
}
