package mysqltest

import "fmt"

// Version is a kind of server that can be started.
type Version string

// The servers. What exactly runs is in Server.Version.
const (
	MySQL97     Version = "MySQL 9.7"
	MariaDB1011 Version = "MariaDB 10.11"
	MySQL56     Version = "MySQL 5.6"    // only with CDCD_TEST_ALL
	MariaDB114  Version = "MariaDB 11.4" // only with CDCD_TEST_ALL
)

// Versions are all of them.
func Versions() []Version { return []Version{MySQL97, MariaDB1011, MySQL56, MariaDB114} }

// Flavor is the family of a server.
type Flavor string

// The families, named as go-mysql names them.
const (
	MySQL   Flavor = "mysql"
	MariaDB Flavor = "mariadb"
)

// lane is what a Version stands for.
type lane struct {
	version Version
	flavor  Flavor
	rare    bool   // needs CDCD_TEST_ALL
	dsn     string // environment variable with the address of such a server
	image   string // official image
	tag     string
	dist    dist     // the programs to run on this machine
	flags   []string // of mysqld, for replication
}

// common are the flags of every server: replication on, loopback only, and
// lighter than a production server without being less correct after a crash
// of the process.
func common() []string {
	return []string{
		"--server-id=1", "--log-bin=binlog", "--binlog-format=ROW",
		"--skip-name-resolve", "--max-connections=200",
		"--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M",
	}
}

func lookup(v Version) (lane, error) {
	mysql := append(common(), "--gtid-mode=ON", "--enforce-gtid-consistency=ON",
		"--binlog-rows-query-log-events=ON", "--performance-schema=OFF")
	maria := append(common(), "--binlog-annotate-row-events=ON", "--innodb-log-file-size=32M")
	switch v {
	case MySQL97:
		return lane{
			version: v, flavor: MySQL, dsn: "CDCD_TEST_MYSQL_DSN", image: "mysql", tag: "9.7",
			dist: mysql97(), flags: append(mysql, "--mysqlx=OFF", "--innodb-redo-log-capacity=64M"),
		}, nil
	case MariaDB1011:
		return lane{
			version: v, flavor: MariaDB, dsn: "CDCD_TEST_MARIADB_DSN", image: "mariadb", tag: "10.11",
			dist: mariadb1011(), flags: maria,
		}, nil
	case MySQL56:
		return lane{
			version: v, flavor: MySQL, rare: true, image: "mysql", tag: "5.6",
			dist: mysql56(), flags: append(mysql, "--log-slave-updates", "--innodb-log-file-size=32M"),
		}, nil
	case MariaDB114:
		return lane{
			version: v, flavor: MariaDB, rare: true, image: "mariadb", tag: "11.4",
			// Without a certificate it would make an RSA key at each start, which
			// takes up to half a minute.
			dist: mariadb114(), flags: append(maria, "--skip-ssl"),
		}, nil
	default:
		return lane{}, fmt.Errorf("mysqltest knows no server %q", v)
	}
}
