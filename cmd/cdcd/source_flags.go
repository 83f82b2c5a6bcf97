package main

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// sourceFlags are the flags of the verbs that need no connector file.
type sourceFlags struct {
	dsn      string
	tables   string
	serverID uint32
}

func (s *sourceFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.dsn, "mysql", "", "server as mysql://user:password@host:port or mariadb://…; ?ssl-mode= as in database.ssl.mode")
	f.StringVar(&s.tables, "tables", "", "tables to follow: database.table, comma separated; regular expressions as in table.include.list")
	f.Uint32Var(&s.serverID, "server-id", 0, "replica id to use (a random one by default)")
	require(cmd, "mysql", "tables")
}

// connectorClasses are Debezium's, by the scheme of the URL.
var connectorClasses = map[string]string{
	"mysql":   "io.debezium.connector.mysql.MySqlConnector",
	"mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
}

// properties translates the flags into a connector's properties.
func (s *sourceFlags) properties(prefix string) (map[string]string, error) {
	u, err := url.Parse(s.dsn)
	if err != nil {
		return nil, errors.New("--mysql is not a URL: mysql://user:password@host:port") // the error would print the password
	}
	class, ok := connectorClasses[u.Scheme]
	if !ok || u.Hostname() == "" {
		return nil, errors.New("--mysql must look like mysql://user:password@host:port or mariadb://user:password@host:port")
	}
	password, _ := u.User.Password()
	id := cmp.Or(s.serverID, 1<<30+rand.Uint32N(1<<30)) //nolint:gosec // unlikely to be taken is enough
	props := map[string]string{
		"connector.class":                class,
		"database.hostname":              u.Hostname(),
		"database.port":                  cmp.Or(u.Port(), "3306"),
		"database.user":                  cmp.Or(u.User.Username(), "root"),
		"database.password":              password,
		"database.server.id":             strconv.FormatUint(uint64(id), 10),
		"topic.prefix":                   prefix,
		"table.include.list":             s.tables,
		"snapshot.mode":                  "no_data",
		"include.schema.changes":         "false",
		"key.converter":                  "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":   "false",
		"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
		"value.converter.schemas.enable": "false",
	}
	if mode := u.Query().Get("ssl-mode"); mode != "" {
		props["database.ssl.mode"] = mode
	}
	for key := range u.Query() {
		if key != "ssl-mode" {
			return nil, fmt.Errorf("--mysql: parameter %q is not known, only ssl-mode", key)
		}
	}
	return props, nil
}

// firstDatabase is the database of the first table named, a readable prefix.
func (s *sourceFlags) firstDatabase() string {
	db, _, _ := strings.Cut(s.tables, ".")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, db)
}
