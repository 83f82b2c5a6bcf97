package main

import (
	"fmt"
	"sync"
	"weak"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/offsets"
	"cdcd/schema"
)

// definitions has the connectors of a process share what is equal of their tables,
// in memory and in the work of decoding it: many of them often read one server. It
// keeps nothing alive that no connector uses. Its methods may be called
// concurrently.
type definitions struct {
	thrift thrift // while there are many of them on the way

	mu    sync.Mutex
	known map[offsets.Hash]weak.Pointer[schema.Table] // one of those that have the definition
	swept int                                         // how many there were after the last sweep
}

// thrifty saves memory until end is called.
func (d *definitions) thrifty() (end func()) {
	if d == nil {
		return func() {}
	}
	return d.thrift.begin()
}

// tables returns table versions.
func (d *definitions) tables(stored []cluster.Kept) (out []*schema.Table, err error) {
	out = make([]*schema.Table, len(stored))
	for i, k := range stored {
		if out[i], err = d.table(k); err != nil {
			return nil, fmt.Errorf("load the tables: %w", err)
		}
	}
	return out, nil
}

// table returns a table version. Tables of the same definition share everything but
// their number; nobody changes a table.
func (d *definitions) table(k cluster.Kept) (*schema.Table, error) {
	version := schema.Version(k.Version())
	switch t := d.find(k.Hash()); {
	case t == nil:
	case t.Version == version:
		return t, nil
	default:
		own := *t
		own.Version = version
		return d.keep(k.Hash(), &own), nil
	}
	content, err := k.Definition()
	if err != nil {
		return nil, err
	}
	t, err := connector.DecodeTable(version, content)
	if err != nil {
		return nil, err
	}
	return d.keep(k.Hash(), t), nil
}

func (d *definitions) find(h offsets.Hash) *schema.Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[h].Value()
}

// keep makes t the one that others share.
func (d *definitions) keep(h offsets.Hash, t *schema.Table) *schema.Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[offsets.Hash]weak.Pointer[schema.Table]{}
	}
	d.known[h] = weak.Make(t)
	if len(d.known) > 2*d.swept+1024 {
		d.sweepLocked()
	}
	return t
}

// sweepLocked forgets what no connector uses any more.
func (d *definitions) sweepLocked() {
	for h, t := range d.known {
		if t.Value() == nil {
			delete(d.known, h)
		}
	}
	d.swept = len(d.known)
}
