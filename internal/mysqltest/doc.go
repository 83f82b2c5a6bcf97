// Package mysqltest starts real MySQL and MariaDB servers for tests, the demo
// and benchmarks.
//
// A server comes from the first of these that can give one:
//
//  1. an address in the environment, a DSN of github.com/go-sql-driver/mysql:
//     CDCD_TEST_MYSQL_DSN for MySQL97, CDCD_TEST_MARIADB_DSN for MariaDB1011
//     (not for tests that want flags or restart their server);
//  2. Docker, when a daemon answers: the official images;
//  3. this machine: Debian packages and Maven artifacts, downloaded once into
//     the cache of package fetch and run from there; nothing is installed.
//
// Where none can, the test is skipped and says why. MySQL56 and MariaDB114 are
// started only when CDCD_TEST_ALL is set (make test-all).
//
// Servers have a free port of their own, a data folder copied from one that was
// initialised once, and a row binlog; they die with the process that started
// them. The user is root without a password, from any address.
package mysqltest
