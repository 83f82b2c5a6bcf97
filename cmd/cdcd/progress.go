package main

import (
	"fmt"
	"math"
	"strconv"

	"cdcd/event"
	"cdcd/snapshot"
)

// progress is how far the copy of rows is: of one table, or of all. /status has it,
// and cdcd status and cdcd tail draw it.
type progress struct {
	Complete bool  `json:"complete"`
	Percent  int   `json:"percent"`
	Rows     int64 `json:"rows"`
	// Expected is how many rows there are, by the estimate of the server; 0 is not known.
	Expected      int64   `json:"expected,omitempty"`
	Bytes         int64   `json:"bytes"`
	Seconds       float64 `json:"seconds"` // since it began
	RowsPerSecond float64 `json:"rowsPerSecond"`
	SecondsLeft   float64 `json:"secondsLeft,omitempty"`
}

// copyProgress is how far the copy of existing rows is.
type copyProgress struct {
	progress
	Running    bool            `json:"running"`
	Tables     int             `json:"tables"`
	TablesLeft int             `json:"tablesLeft"`
	OfTables   []tableProgress `json:"ofTables"` // in the order of copying
}

// tableProgress is that of one table.
type tableProgress struct {
	Table string `json:"table"`
	progress
}

// progressOf is nil where nothing is copied.
func progressOf(s *snapshot.Status) *copyProgress {
	if s == nil {
		return nil
	}
	out := &copyProgress{progress: counted(s.Count), Running: s.Ended.IsZero(), Tables: s.Tables, TablesLeft: s.Remaining, OfTables: []tableProgress{}}
	for _, t := range s.Of {
		out.OfTables = append(out.OfTables, tableProgress{t.ID.String(), counted(t.Count)})
	}
	return out
}

func counted(c snapshot.Count) progress {
	return progress{
		Complete: c.Complete, Percent: int(100 * c.Share()), Rows: c.Rows, Expected: c.Expected, Bytes: c.Bytes,
		Seconds: math.Round(10*c.Took().Seconds()) / 10, RowsPerSecond: math.Round(c.Speed()), SecondsLeft: c.Left().Seconds(),
	}
}

// incrementProgress is how far an incremental snapshot is.
type incrementProgress struct {
	Paused bool             `json:"paused"`
	Tables []tableIncrement `json:"tables"` // those that are being copied first
}

// tableIncrement is that of one table.
type tableIncrement struct {
	Table    string `json:"table"`
	Signal   string `json:"signal"`
	Rows     int64  `json:"rows"`
	Expected int64  `json:"expected,omitempty"` // as that of progress; not where a condition leaves rows out
}

// incrementOf is nil where nothing waits.
func incrementOf(s *event.Signals) *incrementProgress {
	if s == nil || len(s.Tables) == 0 {
		return nil
	}
	out := &incrementProgress{Paused: s.Paused}
	for _, t := range s.Tables {
		next := tableIncrement{Table: t.ID.String(), Signal: t.Signal, Rows: t.Rows}
		if t.Filter == "" {
			next.Expected = t.Expected
		}
		out.Tables = append(out.Tables, next)
	}
	return out
}

// lines are one for each table.
func (p *incrementProgress) lines() (lines []string) {
	for _, t := range p.Tables {
		line := printable(t.Table) + "  " + strconv.FormatInt(t.Rows, 10) + " rows"
		if t.Expected > 0 {
			line += fmt.Sprintf(", %d %%", min(99, 100*t.Rows/t.Expected))
		}
		lines = append(lines, line)
	}
	return lines
}

// begun tells whether something of it was read.
func (p progress) begun() bool { return p.Rows > 0 || p.Complete }
