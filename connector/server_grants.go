package connector

import (
	"context"
	"regexp"
	"strings"
)

// The privileges that a connector needs.
const (
	replicationSlave  = "REPLICATION SLAVE"
	replicationClient = "REPLICATION CLIENT"
	selecting         = "SELECT"
)

// Grants are an account's privileges, by where they hold: "*.*", "db.*" or
// "db.table", without quotes.
type Grants struct{ on map[string]map[string]bool }

// Has tells whether a privilege holds everywhere.
func (g Grants) Has(privilege string) bool { return g.holds("*.*", privilege) }

// HasSomewhere tells whether a privilege holds everywhere or on something.
func (g Grants) HasSomewhere(privilege string) bool {
	for scope := range g.on {
		if g.holds(scope, privilege) {
			return true
		}
	}
	return false
}

func (g Grants) holds(scope, privilege string) bool {
	p := g.on[scope]
	return p[privilege] || p["ALL PRIVILEGES"] || p["ALL"] ||
		privilege == replicationClient && (p["BINLOG MONITOR"] || p["SUPER"])
}

// grantLine is one line of SHOW GRANTS; those of roles and proxies name no
// privileges on anything and do not match.
var grantLine = regexp.MustCompile("^GRANT (.+?) ON (?:TABLE )?(\\*|`[^`]*`|[^ `.]+)\\.(\\*|`[^`]*`|[^ `.]+) TO ")

// columnList is a column privilege's list of columns.
var columnList = regexp.MustCompile(`\([^)]*\)`)

// parseGrants reads SHOW GRANTS. The lines themselves are not kept: MariaDB
// puts the password's hash into them.
func parseGrants(lines []string) Grants {
	g := Grants{on: map[string]map[string]bool{}}
	for _, line := range lines {
		m := grantLine.FindStringSubmatch(line)
		if len(m) != 4 || strings.HasPrefix(m[1], "PROXY") {
			continue
		}
		scope := strings.Trim(m[2], "`") + "." + strings.Trim(m[3], "`")
		if g.on[scope] == nil {
			g.on[scope] = map[string]bool{}
		}
		for p := range strings.SplitSeq(columnList.ReplaceAllString(m[1], ""), ",") {
			g.on[scope][strings.ToUpper(strings.TrimSpace(p))] = true
		}
	}
	return g
}

// askAccount asks who we are and what we may do. MySQL shows what roles give
// only when they are named.
func askAccount(ctx context.Context, s asker, i *ServerInfo) error {
	rows, err := s.Query(ctx, "SELECT CURRENT_USER()")
	if err != nil {
		return err
	}
	if len(rows) == 1 {
		i.Account = quoteAccount(rows[0][0].String)
	}
	show := "SHOW GRANTS"
	if i.Flavor == "mysql" && i.Release.AtLeast(8, 0, 0) {
		rows, err := s.Query(ctx, "SELECT CURRENT_ROLE()")
		if err != nil {
			return err
		}
		if len(rows) == 1 && rows[0][0].Valid && !strings.EqualFold(rows[0][0].String, "NONE") {
			show = "SHOW GRANTS FOR CURRENT_USER() USING " + rows[0][0].String
		}
	}
	if rows, err = s.Query(ctx, show); err != nil {
		return err
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		lines[n] = row[0].String
	}
	i.Grants = parseGrants(lines)
	return nil
}

// quoteAccount writes user@host as SQL wants it.
func quoteAccount(account string) string {
	at := strings.LastIndexByte(account, '@')
	if at < 0 {
		return account
	}
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	return quote(account[:at]) + "@" + quote(account[at+1:])
}
