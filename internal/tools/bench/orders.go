package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/go-sql-driver/mysql"

	"cdcd/internal/mysqltest"
)

// createOrders is a table as shops have it: ten columns, one of them JSON.
const createOrders = `CREATE TABLE bench.orders (
	id BIGINT NOT NULL PRIMARY KEY,
	customer_id INT UNSIGNED NOT NULL,
	email VARCHAR(120) NOT NULL,
	status ENUM('new','paid','sent','done') NOT NULL,
	amount DECIMAL(10,2) NOT NULL,
	quantity SMALLINT NOT NULL,
	note VARCHAR(255),
	details JSON,
	created DATETIME(3) NOT NULL,
	updated TIMESTAMP(6) NOT NULL
) CHARACTER SET utf8mb4`

// insertOrders inserts orders %[1]d to %[1]d + %[2]d - 1; %[3]d is how many
// thousands that is.
const insertOrders = `INSERT INTO bench.orders
SELECT id, id * 7919 %% 50000, CONCAT('customer.', id * 7919 %% 50000, '@example.com'),
	1 + id %% 4, id * 31 %% 100000 / 100, 1 + id %% 9,
	IF(id %% 5 = 0, NULL, CONCAT('Call ', id * 104729 %% 1000000, ' first')),
	JSON_OBJECT('sku', CONCAT('SKU-', LEFT(SHA2(id, 224), 8)), 'price', id * 31 %% 10000 / 100, 'gift', id %% 7 = 0,
		'coupon', NULL, 'ship', JSON_OBJECT('city', 'Zürich', 'zip', '8001')),
	'2026-08-01' + INTERVAL id SECOND, '2026-08-01' + INTERVAL id * 1001 MICROSECOND
FROM (SELECT %[1]d + a.n * 1000 + b.n AS id FROM bench.numbers a, bench.numbers b
	WHERE a.n < %[3]d AND b.n < 1000 AND a.n * 1000 + b.n < %[2]d) ids`

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
	if err := o.create(ctx); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

func (o *orders) create(ctx context.Context) error {
	return o.exec(ctx, "SET cte_max_recursion_depth = 5000", "DROP DATABASE IF EXISTS bench", "CREATE DATABASE bench", "USE bench", createOrders,
		"CREATE TABLE bench.numbers (n INT PRIMARY KEY)",
		`INSERT INTO bench.numbers WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 4999)
			SELECT n FROM s`)
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
	return o.exec(ctx, fmt.Sprintf(insertOrders, first, rows, (rows+999)/1000))
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
