package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cdcd/schema"
)

// marks are rows that are written into the signal table around the reading of a
// chunk, where nothing else tells where in the binlog that was.
type marks struct {
	on      bool
	table   schema.ID // the zero ID for none
	deletes bool      // the second mark takes the first one away
	blind   bool      // nothing tells what a chunk saw, and none may be written
}

// errNoMarks says that chunks cannot be read, and what to do.
var errNoMarks = errors.New("without GTIDs, or with read.only=false, an incremental snapshot writes marks into the signal table: set signal.data.collection, or gtid_mode=ON")

// errBlind says so for a server that is only to be read.
var errBlind = errors.New("without GTIDs nothing tells what a chunk of an incremental snapshot has seen, unless marks are written: set gtid_mode=ON, or read.only=false and signal.data.collection")

func (m marks) possible() error {
	if m.blind {
		return errBlind
	}
	if m.on && m.table == (schema.ID{}) {
		return errNoMarks
	}
	return nil
}

// next is the id of the marks of one more chunk, "" where there are none.
func (m marks) next() string {
	if !m.on {
		return ""
	}
	return uuid.NewString()
}

const (
	openSuffix  = "-open"
	closeSuffix = "-close"
)

// open writes the first mark.
// Source: SignalBasedIncrementalSnapshotChangeEventSource.emitWindowOpen.
func (m marks) open(ctx context.Context, s *Server, id string, opened time.Time) error {
	return m.insert(ctx, s, id+openSuffix, "snapshot-window-open", `{"openWindowTimestamp": "`+javaInstant(opened)+`"}`)
}

// close writes the second one.
// Source: InsertWindowCloseStrategy and DeleteWindowCloseStrategy.
func (m marks) close(ctx context.Context, s *Server, id string, opened time.Time) error {
	if m.deletes {
		_, err := s.Query(ctx, "DELETE FROM "+schema.Backquoted(m.table)+" WHERE id = '"+id+openSuffix+"'")
		return err
	}
	return m.insert(ctx, s, id+closeSuffix, "snapshot-window-close",
		`{"openWindowTimestamp": "`+javaInstant(opened)+`", "closeWindowTimestamp": "`+javaInstant(time.Now())+`"}`)
}

func (m marks) insert(ctx context.Context, s *Server, id, kind, data string) error {
	_, err := s.Query(ctx, fmt.Sprintf("INSERT INTO %s VALUES ('%s', '%s', '%s')", schema.Backquoted(m.table), id, kind, data))
	return err
}

// javaInstant prints as Instant.toString does: as many groups of three digits as are
// needed.
func javaInstant(t time.Time) string {
	text := t.UTC().Format("2006-01-02T15:04:05.000000000")
	for strings.HasSuffix(text, "000") && strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "000"), ".")
	}
	return text + "Z"
}

// marked notes a mark of a chunk at work, and tells whether the row is one.
func (e *incremental) marked(id string, deleted bool) bool {
	for _, c := range e.chunks {
		switch {
		case c.mark == "" || !strings.HasPrefix(id, c.mark):
			continue
		case id == c.mark+closeSuffix, deleted && id == c.mark+openSuffix:
			c.closed = true
		case id == c.mark+openSuffix:
			c.noted, c.keys = slices.DeleteFunc(c.noted, func(n noted) bool { return !n.branch }), 0 // the chunk has it
		}
		return true
	}
	return false
}
