package mysqltest

import (
	"context"
	"database/sql"
	"fmt"
)

// OrdersTable defines the table orders of the current database, as shops have it: ten
// columns, one of them JSON.
const OrdersTable = `CREATE TABLE orders (
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
const insertOrders = `INSERT INTO orders
SELECT id, id * 7919 %% 50000, CONCAT('customer.', id * 7919 %% 50000, '@example.com'),
	1 + id %% 4, id * 31 %% 100000 / 100, 1 + id %% 9,
	IF(id %% 5 = 0, NULL, CONCAT('Call ', id * 104729 %% 1000000, ' first')),
	JSON_OBJECT('sku', CONCAT('SKU-', LEFT(SHA2(id, 224), 8)), 'price', id * 31 %% 10000 / 100, 'gift', id %% 7 = 0,
		'coupon', NULL, 'ship', JSON_OBJECT('city', 'Zürich', 'zip', '8001')),
	'2026-08-01' + INTERVAL id SECOND, '2026-08-01' + INTERVAL id * 1001 MICROSECOND
FROM (SELECT %[1]d + a.n * 1000 + b.n AS id FROM numbers a, numbers b
	WHERE a.n < %[3]d AND b.n < 1000 AND a.n * 1000 + b.n < %[2]d) ids`

// CreateOrders makes a database with the table orders, and with what InsertOrders
// needs, in place of one that there is. It is the current one of the connection.
func CreateOrders(ctx context.Context, db Execer, database string) error {
	return execute(ctx, db, "SET cte_max_recursion_depth = 5000", "DROP DATABASE IF EXISTS "+database, "CREATE DATABASE "+database, "USE "+database,
		OrdersTable, "CREATE TABLE numbers (n INT PRIMARY KEY)",
		`INSERT INTO numbers WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 4999)
			SELECT n FROM s`)
}

// InsertOrders inserts orders in one transaction, into the current database.
func InsertOrders(ctx context.Context, db Execer, first, rows int) error {
	return execute(ctx, db, fmt.Sprintf(insertOrders, first, rows, (rows+999)/1000))
}

// Execer is one connection to a server, or what has one only.
type Execer interface {
	ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
}

func execute(ctx context.Context, db Execer, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.200s: %w", s, err)
		}
	}
	return nil
}
