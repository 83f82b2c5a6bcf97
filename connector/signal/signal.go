// Package signal reads Debezium's signals: what a user asks of a connector that runs.
// It is pure.
//
// A signal is an id, a type and data in JSON, whatever channel it comes through:
// a row of a table, a record of a Kafka topic, a line of a file, a REST call.
// Source: Debezium documentation, "Sending signals to a Debezium connector".
package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"cdcd/connector/property"
)

// Signal is one signal.
type Signal struct {
	ID     string
	Action Action
}

// Action is what a signal asks for. The set of implementations is closed: Execute,
// Stop, Pause, Resume, Log, SetPosition, Window.
type Action interface{ action() }

// Execute asks for a snapshot of tables.
type Execute struct {
	Blocking    bool
	Collections []Collection
	Conditions  []Condition // the first one that matches a table counts
	Surrogate   string      // column by which rows are ordered; "" for their key
}

// Collection names captured tables by a regular expression.
type Collection struct {
	*property.Matcher
	Text string // as it was written
}

// Condition says which rows of tables are copied: a predicate, or for a blocking
// snapshot a whole SELECT. It may hold values and is never logged.
type Condition struct {
	Collection
	Filter string
}

// Stop ends incremental snapshots, of some tables or, without any named, of all.
type Stop struct{ Collections []Collection }

// Pause has incremental snapshots wait.
type Pause struct{}

// Resume has them go on.
type Resume struct{}

// Log writes a line to the log; "{}" in it stands for the position.
type Log struct{ Message string }

// SetPosition moves the connector to another place in the binlog: a file and an
// offset, or a GTID set.
type SetPosition struct {
	File   string
	Offset uint64
	GTIDs  string
}

// Window is a watermark that a connector wrote itself.
type Window struct{ Open bool }

func (Execute) action()     {}
func (Stop) action()        {}
func (Pause) action()       {}
func (Resume) action()      {}
func (Log) action()         {}
func (SetPosition) action() {}
func (Window) action()      {}

var (
	// ErrUnknown says that a signal has a type that is not known.
	ErrUnknown = errors.New("the type of the signal is not known")
	// ErrMalformed says that the data of a signal is not what its type asks for.
	ErrMalformed = errors.New("the data of the signal is malformed")
)

// Parse reads a signal. The error is an ErrUnknown or an ErrMalformed, and quotes
// nothing of data.
func Parse(id, kind, data string) (Signal, error) {
	parse, known := parsers[kind]
	if !known {
		return Signal{}, fmt.Errorf("%w: %.40q", ErrUnknown, kind)
	}
	var f fields
	if data = strings.TrimSpace(data); data != "" {
		if err := json.Unmarshal([]byte(data), &f); err != nil {
			return Signal{}, fmt.Errorf("%w: no JSON object with the fields of %s", ErrMalformed, kind)
		}
	}
	a, err := parse(f)
	if err != nil {
		return Signal{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Signal{ID: id, Action: a}, nil
}

// fields are those of the data of all types.
type fields struct {
	Type        string      `json:"type"`
	Collections []string    `json:"data-collections"`
	Conditions  []condition `json:"additional-conditions"`
	Condition   string      `json:"additional-condition"` // before Debezium 2.4
	Surrogate   string      `json:"surrogate-key"`

	Message string `json:"message"`

	File   string  `json:"binlog_filename"`
	Offset *uint64 `json:"binlog_position"`
	GTIDs  string  `json:"gtid_set"`
}

type condition struct {
	Collection string `json:"data-collection"`
	Filter     string `json:"filter"`
}

var parsers = map[string]func(fields) (Action, error){
	"execute-snapshot":      fields.execute,
	"stop-snapshot":         fields.stop,
	"pause-snapshot":        func(f fields) (Action, error) { return Pause{}, f.incremental() },
	"resume-snapshot":       func(f fields) (Action, error) { return Resume{}, f.incremental() },
	"log":                   func(f fields) (Action, error) { return Log{f.Message}, nil },
	"set-binlog-position":   fields.position,
	"snapshot-window-open":  func(fields) (Action, error) { return Window{Open: true}, nil },
	"snapshot-window-close": func(fields) (Action, error) { return Window{}, nil },
}

// incremental is an error where something else than incremental snapshots is meant.
func (f fields) incremental() error {
	if f.Type == "" || strings.EqualFold(f.Type, "incremental") {
		return nil
	}
	return errors.New(`its "type" must be INCREMENTAL`)
}

func (f fields) execute() (Action, error) {
	e := Execute{Blocking: strings.EqualFold(f.Type, "blocking"), Surrogate: strings.TrimSpace(f.Surrogate)}
	if !e.Blocking && f.incremental() != nil {
		return nil, errors.New(`its "type" must be INCREMENTAL or BLOCKING`)
	}
	if len(f.Collections) == 0 {
		return nil, errors.New(`"data-collections" names no table`)
	}
	var err error
	if e.Collections, err = collections(f.Collections); err != nil {
		return nil, err
	}
	if f.Condition != "" {
		f.Conditions = append(f.Conditions, condition{".*", f.Condition})
	}
	for _, c := range f.Conditions {
		named, err := collections([]string{c.Collection})
		if err != nil {
			return nil, err
		}
		if c.Filter == "" {
			return nil, errors.New(`an additional condition has no "filter"`)
		}
		e.Conditions = append(e.Conditions, Condition{named[0], c.Filter})
	}
	return e, nil
}

func (f fields) stop() (Action, error) {
	if err := f.incremental(); err != nil {
		return nil, err
	}
	named, err := collections(f.Collections)
	return Stop{named}, err
}

func (f fields) position() (Action, error) {
	named := f.File != "" && f.Offset != nil
	switch {
	case named && f.GTIDs == "":
		return SetPosition{File: f.File, Offset: *f.Offset}, nil
	case f.GTIDs != "" && f.File == "" && f.Offset == nil:
		return SetPosition{GTIDs: f.GTIDs}, nil
	}
	return nil, errors.New(`it needs "binlog_filename" and "binlog_position", or "gtid_set"`)
}

// collections compiles the names of tables. A comma is no separator here. Errors do not
// quote them: what stands where a name is expected may be anything.
func collections(texts []string) ([]Collection, error) {
	var out []Collection
	for i, text := range texts {
		m, err := property.ParseMatcher(strings.ReplaceAll(text, ",", `\,`))
		if err != nil {
			return nil, fmt.Errorf("name %d of tables is no regular expression that is understood", i+1)
		}
		if m == nil {
			return nil, fmt.Errorf("name %d of tables is empty", i+1)
		}
		out = append(out, Collection{m, strings.TrimSpace(text)})
	}
	return out, nil
}

// Filter is the condition of a table by its name "database.table", "" for none.
func (e Execute) Filter(table string) string {
	for _, c := range e.Conditions {
		if c.Match(table) {
			return c.Filter
		}
	}
	return ""
}
