package main

import (
	"cmp"
	"context"
	"encoding/json"
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
type raftStore struct{ store *cluster.Store }

var _ connector.Store = raftStore{}

// Session makes this process the connector's owner. Without Kafka transactions
// it has no producer to name.
func (r raftStore) Session(ctx context.Context) (event.State, error) {
	if _, err := r.store.Session(ctx, offsets.NoProducer); err != nil {
		return event.State{}, err
	}
	return r.store.Load(ctx)
}

func (r raftStore) Mirror(s event.State)            { r.store.Mirror(s) }
func (r raftStore) Flush(ctx context.Context) error { return r.store.Flush(ctx) }

func (r raftStore) PutTables(ctx context.Context, tables []*schema.Table) error {
	out := make([]cluster.Table, len(tables))
	for i, t := range tables {
		definition, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.ID, err)
		}
		out[i] = cluster.Table{Version: offsets.TableVersion(t.Version), Definition: definition}
	}
	slices.SortStableFunc(out, func(a, b cluster.Table) int { return cmp.Compare(a.Version, b.Version) })
	return r.store.PutTables(ctx, out)
}

func (r raftStore) Tables(ctx context.Context, v schema.Version) ([]*schema.Table, error) {
	stored, err := r.store.Tables(ctx, offsets.TableVersion(v))
	if err != nil {
		return nil, err
	}
	out := make([]*schema.Table, len(stored))
	for i, s := range stored {
		t := &schema.Table{Version: schema.Version(s.Version)}
		if err := json.Unmarshal(s.Definition, t); err != nil {
			return nil, fmt.Errorf("stored table version %d: %w", s.Version, err)
		}
		out[i] = t
	}
	return out, nil
}
