package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/event"
	"cdcd/offsets"
	"cdcd/schema"
)

// raftStore is what a connector sees of the cluster: it turns table versions
// into the bytes that the cluster keeps, and back.
type raftStore struct {
	store       *cluster.Store
	definitions *definitions // of this process; whoever reads no tables needs none
}

var _ connector.Store = raftStore{}

// Confirm asks the cluster whose the connector is.
func (r raftStore) Confirm(ctx context.Context) error { return told(r.store.Confirm(ctx)) }

// told says in the connector's words that nobody answers.
func told(err error) error {
	if errors.Is(err, cluster.ErrNotLeader) || errors.Is(err, cluster.ErrOutcomeUnknown) {
		return fmt.Errorf("%w: %w", connector.ErrUnavailable, err)
	}
	return err
}

// Session makes this process the connector's owner.
func (r raftStore) Session(ctx context.Context, p connector.Producer, above uint64) (uint64, error) {
	id, err := r.store.Session(ctx, offsets.Producer(p), offsets.SessionID(above))
	return uint64(id), told(err)
}

// Load returns what the cluster knows.
func (r raftStore) Load(ctx context.Context) (connector.Stored, error) {
	s, err := r.store.Load(ctx)
	return storedOf(s), told(err)
}

func storedOf(s cluster.Stored) connector.Stored {
	return connector.Stored{
		State: s.Offset, Writer: uint64(s.Writer.ID), Fenced: s.Writer.ID > 0 && !s.Writer.Producer.IsZero(),
		Session: uint64(s.Session.ID), Tables: schema.Version(s.Tables),
	}
}

// Mirror stores a state, without the keys of rows: those are in Kafka only.
func (r raftStore) Mirror(s event.State) {
	s.Snapshot, s.Signals = s.Snapshot.WithoutKeys(), s.Signals.WithoutKeys()
	r.store.Mirror(s)
}

func (r raftStore) Flush(ctx context.Context) error { return r.store.Flush(ctx) }

// part is how many table versions are stored at once.
const part = 256

// PutTables stores a first load of thousands of tables part by part, so that not all
// of them are in memory in three forms.
func (r raftStore) PutTables(ctx context.Context, tables []*schema.Table) error {
	if len(tables) > part {
		defer r.definitions.thrifty()()
	}
	tables = slices.SortedStableFunc(slices.Values(tables), func(a, b *schema.Table) int { return cmp.Compare(a.Version, b.Version) })
	for some := range slices.Chunk(tables, part) {
		out, err := encoded(some)
		if err != nil {
			return err
		}
		if err := r.store.PutTables(ctx, out); err != nil {
			return told(err)
		}
	}
	return nil
}

// encoded are table versions as the cluster gets them.
func encoded(tables []*schema.Table) ([]cluster.Table, error) {
	out := make([]cluster.Table, len(tables))
	for i, t := range tables {
		definition, err := connector.EncodeTable(t)
		if err != nil {
			return nil, err
		}
		out[i] = cluster.Table{Version: offsets.TableVersion(t.Version), Definition: definition}
	}
	return out, nil
}

func (r raftStore) Tables(ctx context.Context, v schema.Version) ([]*schema.Table, error) {
	stored, err := r.store.Tables(ctx, offsets.TableVersion(v))
	if err != nil {
		return nil, told(err)
	}
	if len(stored) > part {
		defer r.definitions.thrifty()()
	}
	return r.definitions.tables(stored)
}
