package snapshot

import (
	"slices"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// Notices has a copy tell what it does by notifications. A part that is read in
// another session than the one before has its numbers anew.
// Source: RelationalSnapshotChangeEventSource.
type Notices struct {
	Begins string // data_collections where a table begins
	Ends   string // and where it, or a part of it, ends
	Parts  bool   // parts are told, too
	// Gone are tables of which nothing more is copied, as their rows are all in the
	// stream now, and how far they had come.
	Gone []*event.TableProgress
}

// notice yields a notification. A commit follows.
func (r *Reader) notice(kind string, data map[string]string) {
	r.ready = append(r.ready, event.Notification{Aggregate: event.InitialSnapshot, Type: kind, Data: data})
}

// tellGone tells of tables that are not copied any further.
func (r *Reader) tellGone() {
	if r.cfg.Notices == nil {
		return
	}
	for _, p := range r.cfg.Notices.Gone {
		if !p.Begun() {
			r.tellTable(p.ID)
		}
		r.tellScanned(p.ID, p.Rows)
	}
}

// tellBegin tells, once, that a table begins, and a part of it.
func (r *Reader) tellBegin(p *part) {
	n, t := r.cfg.Notices, p.table
	if n == nil || p.told {
		return
	}
	p.told = true
	if !t.told {
		t.told = true
		r.tellTable(t.Table.Table.ID)
	}
	if n.Parts {
		r.notice(event.ChunkInProgress, p.numbered(map[string]string{
			event.CurrentCollection: t.Table.Table.ID.String(), event.RowsScanned: strconv.FormatInt(t.ended, 10),
		}))
	}
}

// tellEnd tells that a part was read to its end, and what ends with it.
func (r *Reader) tellEnd(p *part) {
	n, t := r.cfg.Notices, p.table
	t.ended += p.rows
	if n == nil {
		return
	}
	if n.Parts {
		r.notice(event.ChunkCompleted, p.numbered(r.scanned(t.Table.Table.ID)))
	}
	if unread := func(p *part) bool { return p.view == event.Unread }; slices.ContainsFunc(t.parts, unread) {
		return
	}
	r.tellScanned(t.Table.Table.ID, t.ended)
	if r.now.Copied() {
		r.tellComplete()
	}
}

func (r *Reader) tellTable(id schema.ID) {
	r.notice(event.InProgress, map[string]string{event.CurrentCollection: id.String(), event.DataCollections: r.cfg.Notices.Begins})
}

func (r *Reader) tellScanned(id schema.ID, rows int64) {
	data := r.scanned(id)
	data[event.RowsScanned] = strconv.FormatInt(rows, 10)
	r.notice(event.ScanCompleted, data)
}

// scanned is what is told of every end.
func (r *Reader) scanned(id schema.ID) map[string]string {
	return map[string]string{event.ScannedCollection: id.String(), event.DataCollections: r.cfg.Notices.Ends, event.ScanStatus: "SUCCEEDED"}
}

// tellComplete tells, once, that everything was copied.
func (r *Reader) tellComplete() {
	if r.cfg.Notices != nil && !r.told {
		r.told = true
		r.notice(event.Completed, nil)
	}
}

// numbered adds which part it is to what is told of it.
func (p *part) numbered(data map[string]string) map[string]string {
	data[event.ChunkIndex] = strconv.Itoa(slices.Index(p.table.parts, p))
	data[event.TotalChunks] = strconv.Itoa(len(p.table.parts))
	return data
}
