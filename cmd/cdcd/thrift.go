package main

import (
	"runtime/debug"
	"sync"
)

// thriftPercent is how much garbage there may be, in percent of what is in use, while
// thousands of tables are stored or taken from the store: their forms on the way are
// garbage at once, and would double the memory of the process for a second's work.
const thriftPercent = 50

// thrift has the collector run more often while anybody in the process asks for it. Its
// methods may be called concurrently.
type thrift struct {
	mu     sync.Mutex
	users  int
	before int // what the percentage was (GOGC)
}

// begin asks for it until end is called.
func (t *thrift) begin() (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users++; t.users == 1 {
		if t.before = debug.SetGCPercent(thriftPercent); t.before < thriftPercent { // or none, where memory is limited
			debug.SetGCPercent(t.before)
		}
	}
	return sync.OnceFunc(t.end)
}

func (t *thrift) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.users == 0 {
		debug.SetGCPercent(t.before)
	}
}
