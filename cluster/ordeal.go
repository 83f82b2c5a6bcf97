package cluster

import "time"

// ordeals is what a leader has heard of connectors that do not get on where they
// run: a node may be cut off from a connector's server, or from Kafka, and from
// nothing else. It is for one goroutine.
type ordeals map[string]*ordeal

// ordeal is that of one connector.
type ordeal struct {
	node  string          // where it runs
	since time.Time       // it gets on there, or does not
	well  bool            // which of both
	tried map[string]bool // nodes where it did not get on for long
}

// hear takes in what a node says of a connector that is placed on it. Where the
// connector has not got on for patience it is tried elsewhere, once on each node:
// when it gets on nowhere it is not the nodes' fault. All is forgotten when it has
// got on for as long. It returns the nodes to avoid.
func (o ordeals) hear(connector, node string, well bool, now time.Time, patience time.Duration) map[string]bool {
	one, known := o[connector]
	switch {
	case !known && well:
		return nil
	case !known:
		one = &ordeal{node: node, since: now, tried: map[string]bool{}}
		o[connector] = one
	case one.node != node, one.well != well:
		one.node, one.well, one.since = node, well, now
	}
	if now.Sub(one.since) < patience {
		return one.tried
	}
	if well {
		delete(o, connector)
		return nil
	}
	one.tried[node] = true
	return one.tried
}

// of returns the nodes to avoid while there is no news.
func (o ordeals) of(connector string) map[string]bool {
	if one, known := o[connector]; known {
		return one.tried
	}
	return nil
}

// getsOn tells whether a connector needs no other node. One that failed for good
// does not: it would fail elsewhere, too.
func (r Report) getsOn() bool { return r.Error == "" || r.Phase == phaseFailed }

// phaseFailed is the phase of a connector that has ended by itself.
const phaseFailed = "failed"
