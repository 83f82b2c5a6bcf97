package cluster

import (
	"testing"
)

// TestContact_FirstStartCutShort: a process ended after raft's first write and
// before its second. It had no part in anything.
func TestContact_FirstStartCutShort(t *testing.T) {
	cfgs := three(t)
	bolt, err := openFolder(cfgs[0].withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := bolt.SetUint64([]byte("CurrentTerm"), 1); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Close(); err != nil {
		t.Fatal(err)
	}
	nodes := started(t, cfgs)
	split(t, nodes)
	eventually(t, "all are ready", func() bool {
		for _, n := range nodes {
			if n.Ready() != nil || !n.gate.isOpen() {
				return false
			}
		}
		return true
	})
}
