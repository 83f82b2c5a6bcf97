package sink

import (
	"testing"

	"cdcd/sink/format"
)

func TestProduce(t *testing.T) {
	c := fakeCluster(t)
	var told commits
	k := open(t, c.ListenAddrs(), func(c *Config) { c.OnCommit = told.add })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 1000, 7)
	flush(t, k)
	checkCommits(t, told.all(), 1000)
	checkNumbered(t, consume(t, c.ListenAddrs(), 1000, "orders"), 1000)
}
