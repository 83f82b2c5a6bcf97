package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"cdcd/schema"
	"cdcd/sink"
)

// EncodeTable returns the stored form of a table version, without its number.
func EncodeTable(t *schema.Table) ([]byte, error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.ID, err)
	}
	return b, nil
}

// DecodeTable is the inverse of [EncodeTable].
func DecodeTable(v schema.Version, stored []byte) (*schema.Table, error) {
	t := &schema.Table{Version: v}
	if err := json.Unmarshal(stored, t); err != nil {
		return nil, fmt.Errorf("stored table version %d: %w", v, err)
	}
	t.Columns = slices.Clone(t.Columns) // without the room that the decoder leaves
	t.Share()
	return t, nil
}

// TablesAt returns a tracker that has the tables of a history as they were at a
// version. No server was asked how it writes names.
func TablesAt(cfg Config, history []*schema.Table, v schema.Version) (*schema.Tracker, error) {
	t := newTracker(ServerInfo{Flavor: cfg.Flavor})
	return t, t.Restore(history, v)
}

// keep returns what stores table versions before rows use them: in the store,
// and where the sink keeps a history too, with the next commit.
func keep(store History, out Sink) func(context.Context, []*schema.Table) error {
	return func(ctx context.Context, tables []*schema.Table) error {
		if err := store.PutTables(ctx, tables); err != nil {
			return fmt.Errorf("store table versions: %w", err)
		}
		return keepAgain(out, tables)
	}
}

// keepAgain gives a sink that keeps a history the table versions of the store,
// for the next commit.
func keepAgain(out Sink, tables []*schema.Table) error {
	h, ok := out.(Historian)
	if !ok {
		return nil
	}
	records := make([]sink.TableRecord, len(tables))
	for i, t := range tables {
		data, err := EncodeTable(t)
		if err != nil {
			return err
		}
		records[i] = sink.TableRecord{Version: t.Version, Data: data}
	}
	h.PutTables(records)
	return nil
}

// rebuild gives a store that has lost table versions those that the sink kept.
func rebuild(ctx context.Context, store History, out Sink, newest schema.Version) error {
	h, ok := out.(Historian)
	if !ok {
		return nil
	}
	records, err := h.Tables(ctx)
	if err != nil {
		return fmt.Errorf("read the table versions in the state topic: %w", err)
	}
	var lost []*schema.Table
	for _, r := range records {
		if r.Version <= newest {
			continue
		}
		t, err := DecodeTable(r.Version, r.Data)
		if err != nil {
			return err
		}
		lost = append(lost, t)
	}
	return store.PutTables(ctx, lost)
}
