package mysqltest

import (
	"context"

	"cdcd/internal/fetch"
)

// Fetch downloads and initialises a server that Open would run on this machine,
// and downloads what Server.Binlog runs, unless it is in the cache, and says what
// it is.
func Fetch(ctx context.Context, v Version) (string, error) {
	l, err := lookup(v)
	if err != nil {
		return "", err
	}
	p, err := l.dist.get(ctx, fetch.Announce)
	if err != nil {
		return "", err
	}
	if _, err = p.template(ctx); err != nil {
		return p.Got, err
	}
	_, err = l.dist.getTools(ctx)
	return p.Got, err
}

// Rare tells whether tests start the server only when CDCD_TEST_ALL is set.
func Rare(v Version) bool {
	l, err := lookup(v)
	return err == nil && l.rare
}
