package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/go-sql-driver/mysql"

	"cdcd/internal/mysqltest"
)

// orders is a server with the table, and one connection to it.
type orders struct {
	server *mysqltest.Server
	db     *sql.DB
}

// openOrders starts a server for large loads: what it needs for its own work
// is out of the way of what is measured.
func openOrders(ctx context.Context) (*orders, error) {
	server, err := mysqltest.Open(ctx, mysqltest.MySQL97, say, mysqltest.Flags(
		"--innodb-buffer-pool-size=512M", "--innodb-redo-log-capacity=1G", "--sync-binlog=0",
		"--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--max-binlog-size=1G"))
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("mysql", server.DSN())
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	db.SetMaxOpenConns(1) // so that USE lasts
	o := &orders{server: server, db: db}
	if err := mysqltest.CreateOrders(ctx, db, "bench"); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

func (o *orders) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := o.db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}

func (o *orders) close() error { return errors.Join(o.db.Close(), o.server.Close()) }

// load is how many orders are inserted; then the first ones are updated, and
// the first of these deleted.
type load struct{ inserts, updates, deletes int }

// images is the number of row images of the load.
func (l load) images() int { return l.inserts + 2*l.updates + l.deletes }

// records is the number of Kafka records of the load, with tombstones.
func (l load) records() int { return l.inserts + l.updates + 2*l.deletes }

// insert inserts orders in one transaction.
func (o *orders) insert(ctx context.Context, first, rows int) error {
	return mysqltest.InsertOrders(ctx, o.db, first, rows)
}

func (o *orders) update(ctx context.Context, first, rows int) error {
	return o.exec(ctx, fmt.Sprintf(`UPDATE bench.orders SET status = 'sent', amount = amount + 1,
		updated = updated + INTERVAL 1 DAY WHERE id >= %d AND id < %d`, first, first+rows))
}

func (o *orders) remove(ctx context.Context, first, rows int) error {
	return o.exec(ctx, fmt.Sprintf("DELETE FROM bench.orders WHERE id >= %d AND id < %d", first, first+rows))
}

// run makes the changes in transactions of so many rows.
func (o *orders) run(ctx context.Context, l load, txnRows int) error {
	steps := []struct {
		rows   int
		change func(ctx context.Context, first, rows int) error
	}{{l.inserts, o.insert}, {l.updates, o.update}, {l.deletes, o.remove}}
	for _, s := range steps {
		for first := 1; first <= s.rows; first += txnRows {
			if err := s.change(ctx, first, min(txnRows, s.rows+1-first)); err != nil {
				return err
			}
		}
	}
	return nil
}

// binlog is the newest binlog file and where it ends.
func (o *orders) binlog(ctx context.Context) (file string, end int64, err error) {
	var rest string
	row := o.db.QueryRowContext(ctx, "SHOW BINARY LOG STATUS")
	err = row.Scan(&file, &end, &rest, &rest, &rest)
	return file, end, err
}
