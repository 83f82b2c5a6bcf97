package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// captured is a binlog file with a load, as a replica got it.
type captured struct {
	path   string
	name   string // of the file on the server
	events [][]byte
}

// capture makes the load on a server of its own and fetches the binlog of it.
func capture(ctx context.Context, b *bench, l load) (c *captured, err error) {
	o, err := openOrders(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.exec(ctx, "FLUSH BINARY LOGS"); err != nil {
		return nil, err
	}
	if err := o.run(ctx, l, b.txnRows); err != nil {
		return nil, err
	}
	return o.fetch(ctx, b.dir)
}

// fetch copies the newest binlog file of the server.
func (o *orders) fetch(ctx context.Context, dir string) (*captured, error) {
	name, end, err := o.binlog(ctx)
	if err != nil {
		return nil, err
	}
	c := &captured{path: filepath.Join(dir, name), name: name}
	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: 9001, Flavor: mysql.MySQLFlavor, Host: o.server.Host, Port: uint16(o.server.Port),
		User: o.server.User, Password: o.server.Password, RawModeEnabled: true,
	})
	defer syncer.Close()
	stream, err := syncer.StartSync(mysql.Position{Name: name, Pos: 4})
	if err != nil {
		return nil, err
	}
	for at := uint32(0); int64(at) < end; {
		e, err := stream.GetEvent(ctx)
		if err != nil {
			return nil, fmt.Errorf("fetch %s: %w", name, err)
		}
		if at = e.Header.LogPos; at > 0 { // 0: made up by the server
			c.events = append(c.events, e.RawData)
		}
	}
	return c, c.write()
}

// write stores the events as the server has them on disk.
func (c *captured) write() error {
	f, err := os.Create(c.path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, _ = w.WriteString("\xfebin")
	for _, raw := range c.events {
		_, _ = w.Write(raw)
	}
	return errors.Join(w.Flush(), f.Close()) // Flush remembers the errors of Write
}
