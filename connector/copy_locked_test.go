package connector

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"cdcd/internal/mysqltest"
)

// twice are the rows that were read or created while they were there.
func (c *copied) twice() (ids []int) {
	there := map[int]bool{}
	for line := range strings.Lines(c.live.out.String()) {
		var r struct {
			Value *struct {
				Op            string
				Before, After *struct{ ID int }
			}
		}
		if json.Unmarshal([]byte(line), &r) != nil || r.Value == nil {
			continue
		}
		switch v := r.Value; v.Op {
		case "r", "c":
			if there[v.After.ID] {
				ids = append(ids, v.After.ID)
			}
			there[v.After.ID] = true
		case "d":
			delete(there, v.Before.ID)
		}
	}
	return ids
}

// writes changes the table until ctx ends, in transactions that leave half of it alone.
func (c *copied) writes(ctx context.Context) error {
	for n := 0; ; n++ {
		for _, s := range []string{
			"BEGIN", "UPDATE d.t SET v = v + 1 WHERE id % 200 = ?", "DELETE FROM d.t WHERE id = 2 * ?", "INSERT INTO d.t VALUES (20000 + ?, 1)", "COMMIT",
		} {
			var args []any
			if strings.Contains(s, "?") {
				args = []any{n}
			}
			if _, err := c.writer.ExecContext(ctx, s, args...); err != nil {
				if ctx.Err() != nil {
					return nil //nolint:nilerr // it was to end
				}
				return err
			}
		}
	}
}

// underWrites runs the connector while the table is written to, until the records say
// what the server holds when the writers have ended.
func (c *copied) underWrites(t *testing.T) {
	t.Helper()
	conn, err := c.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.writer = conn
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	wrote := make(chan error, 1)
	go func() { wrote <- c.writes(ctx) }()
	var held map[int]string
	enough := c.lines(9000)
	c.live.until(t, c.cfg, func() bool {
		if held == nil && enough() {
			stop()
			if err := <-wrote; err != nil {
				t.Error(err)
			}
			c.exec("INSERT INTO d.t VALUES (-1,1)") // there is one more commit
			held = c.held(`CONCAT('{"id":',id,',"v":',v,'}')`)
		}
		return held != nil && maps.Equal(c.replayed(), held)
	})
	if ids := c.twice(); len(ids) > 0 {
		t.Errorf("%d rows came twice, one is %d", len(ids), ids[0])
	}
}

// blocked tells whether a statement of somebody else has to wait for a lock.
func (c *copied) blocked(statement string) bool {
	conn, err := c.db.Conn(c.t.Context())
	if err != nil {
		c.t.Error(err)
		return false
	}
	defer conn.Close()
	if _, err := conn.ExecContext(c.t.Context(), "SET SESSION lock_wait_timeout = 1"); err != nil {
		c.t.Error(err)
	}
	_, err = conn.ExecContext(c.t.Context(), statement)
	my, ok := errors.AsType[*mysql.MySQLError](err)
	if err != nil && (!ok || my.Number != 1205) {
		c.t.Errorf("%s: %v", statement, err)
	}
	return err != nil
}

// TestCopy_WithoutGTIDs: a view is tied to its place by a lock, for a moment or until the
// copy ends, or it is refused.
func TestCopy_WithoutGTIDs(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"))
	t.Run("under writes", func(t *testing.T) { newCopied(t, server, "snapshot.max.threads", "2").underWrites(t) })
	for mode, kept := range map[string]bool{"minimal": false, "extended": true} {
		t.Run(mode, func(t *testing.T) {
			c := newCopied(t, server, "snapshot.locking.mode", mode)
			var blocked bool
			c.at, c.then = 5, func() { blocked = c.blocked("INSERT INTO d.t VALUES (20000,1)") }
			var wrote sync.WaitGroup
			done := c.lines(10_000)
			c.live.until(t, c.cfg, func() bool { // the second time behind a change
				if done() {
					wrote.Go(func() { c.exec("INSERT IGNORE INTO d.t VALUES (20001,1)") })
				}
				return c.replayed()[20001] != ""
			})
			wrote.Wait()
			if blocked != kept {
				t.Errorf("a writer is blocked during the copy: %v, want %v", blocked, kept)
			}
		})
	}
	server.Exec(t, "CREATE USER poor@'%' IDENTIFIED BY 'x'", "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO poor@'%'")
	refuses := func(name, want string, more ...string) {
		t.Run(name, func(t *testing.T) {
			c := newCopied(t, server, more...)
			if why, wrote := ends(t, c.cfg); !strings.Contains(why, want) || wrote != "" {
				t.Errorf("%s, wrote %q; want %q", why, wrote, want)
			}
		})
	}
	refuses("none", "without GTIDs a view belongs to no place in the binlog unless writers are kept out for a moment: set snapshot.locking.mode=minimal, or gtid_mode=ON",
		"snapshot.locking.mode", "none")
	refuses("minimal_percona", "this server does not know LOCK TABLES FOR BACKUP, which is Percona's: set snapshot.locking.mode=minimal",
		"snapshot.locking.mode", "minimal_percona")
	refuses("no RELOAD", "the account may not run FLUSH TABLES WITH READ LOCK; grant it RELOAD", "database.user", "poor", "database.password", "x", "driver.allowPublicKeyRetrieval", "true")
}
