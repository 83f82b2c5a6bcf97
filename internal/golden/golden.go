// Package golden reads the recorded cases in testdata/golden, and those in
// testdata/parity that make parity has kept: the SQL, the connector's configuration,
// the server's binlog, and the records that the real Debezium wrote; and compares
// other records with them. The readme of the former says how they were recorded and
// which fields are not deterministic.
package golden

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Case is one recorded case.
type Case struct {
	Name   string
	Dir    string
	Config map[string]string // the connector's properties
	// BinlogFile and Start are where run.sql begins: the golden events of a
	// no_data case start there.
	BinlogFile string
	Start      uint64
	Records    []Record // as they stood on the topics: by topic, partition, offset
}

// Record is one record of a topic. Key and Value are nil for a Kafka null.
type Record struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Headers   []Header `json:"headers"`
	Key       *string  `json:"key"`
	Value     *string  `json:"value"`
}

// Header is one header of a record; a null value is nil.
type Header struct {
	Name  string
	Value *string
}

// UnmarshalJSON reads the pair that events.jsonl holds.
func (h *Header) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&h.Name, &h.Value})
}

// MarshalJSON writes the pair.
func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.Name, h.Value}) }

// root is the folder of the folders of cases.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata")
}

// What a recorded case has: its records, and a folder of the server's binlog files.
const (
	events  = "events.jsonl"
	binlogs = "binlog"
)

// Names returns the names of the cases that were recorded by hand.
func Names() ([]string, error) { return names("golden", events) }

// All returns the names of these cases, and of those that make parity has kept together
// with the binlog.
func All() ([]string, error) { return names("*", binlogs) }

// Copied returns the names of the cases that make parity has kept in which rows are
// copied: they need a server, as no binlog has these rows.
func Copied() ([]string, error) {
	kept, err := names("parity", events)
	if err != nil {
		return nil, err
	}
	replayed, err := names("parity", binlogs)
	return slices.DeleteFunc(kept, func(name string) bool { return slices.Contains(replayed, name) }), err
}

// names are the cases in a folder that have a file.
func names(folder, file string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root(), folder, "*", file))
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names, err
}

// Load reads a case.
func Load(name string) (*Case, error) {
	found, err := filepath.Glob(filepath.Join(root(), "*", name, events))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d recorded cases have the name %s", len(found), name)
	}
	c := &Case{Name: name, Dir: filepath.Dir(found[0])}
	if err := c.readJSON("connector.json", &c.Config); err != nil {
		return nil, err
	}
	for property, value := range elsewhere(name) {
		c.Config[property] = cmp.Or(c.Config[property], value)
	}
	var notes notes
	if err := c.readJSON("notes.json", &notes); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if len(notes.PosRun) == 2 {
		start, err := strconv.ParseUint(notes.PosRun[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: pos_run: %w", name, err)
		}
		c.BinlogFile, c.Start = notes.PosRun[0], start
	}
	return c, c.readRecords()
}

// notes are what is said of a recording.
type notes struct {
	PosRun []string `json:"pos_run"` // file and offset where run.sql begins
}

// elsewhere are the properties that make parity decides, for what they are not told
// by a case.
func elsewhere(name string) map[string]string {
	return map[string]string{
		"database.hostname": "127.0.0.1", "database.port": "3306", "database.user": "root", "database.password": "",
		"database.server.id": "1", "schema.history.internal.kafka.bootstrap.servers": "127.0.0.1:9092",
		"schema.history.internal.kafka.topic": HistoryTopic(name),
	}
}

// HistoryTopic is where Debezium keeps the history of a case that make parity runs.
func HistoryTopic(name string) string { return "history_" + name }

func (c *Case) readJSON(file string, into any) error {
	text, err := os.ReadFile(filepath.Join(c.Dir, file))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s/%s: %w", c.Name, file, err)
	}
	return nil
}

func (c *Case) readRecords() error {
	f, err := os.Open(filepath.Join(c.Dir, events))
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("%s/%s: %w", c.Name, events, err)
		}
		c.Records = append(c.Records, r)
	}
	return lines.Err()
}

// IsMariaDB tells which server the case is of.
func (c *Case) IsMariaDB() bool { return IsMariaDB(c.Config) }

// IsMariaDB tells which server a connector with these properties is for.
func IsMariaDB(props map[string]string) bool {
	return strings.Contains(props["connector.class"], "MariaDb")
}

// Copies tells whether a connector with these properties copies rows, at its first
// start or when a signal asks for it: those are in no binlog, and a server is needed to
// have them again.
func Copies(props map[string]string) bool {
	if Signalled(props) {
		return true
	}
	switch props["snapshot.mode"] {
	case "no_data", "recovery":
		return false
	case "configuration_based":
		return props["snapshot.mode.configuration.based.snapshot.data"] == "true"
	}
	return true
}

// Streams tells whether a connector with these properties reads the binlog.
func Streams(props map[string]string) bool {
	switch props["snapshot.mode"] {
	case "initial_only":
		return false
	case "configuration_based":
		return props["snapshot.mode.configuration.based.start.stream"] == "true"
	}
	return true
}

// Signalled tells whether a connector with these properties takes signals.
func Signalled(props map[string]string) bool {
	return props["signal.data.collection"] != "" || props["signal.kafka.topic"] != ""
}

// Unordered tells that rows are copied in an order of the moment: by several sessions,
// or while the stream goes on.
func Unordered(props map[string]string) bool {
	return Signalled(props) || cmp.Or(props["snapshot.max.threads"], "1") != "1"
}

// SQL returns setup.sql or run.sql.
func (c *Case) SQL(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(c.Dir, file))
	return string(text), err
}

// Binlogs returns the paths of the recorded binlog files from BinlogFile on.
func (c *Case) Binlogs() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(c.Dir, binlogs, "*"))
	if err != nil {
		return nil, err
	}
	for len(paths) > 0 && filepath.Base(paths[0]) < c.BinlogFile {
		paths = paths[1:]
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no binlog file %s", c.Name, c.BinlogFile)
	}
	return paths, nil
}

// Transactions returns the records of the transaction topic.
func (c *Case) Transactions() []Record { return c.Topic(c.Config["topic.prefix"] + ".transaction") }

// Notifications returns the records of the notification topic.
func (c *Case) Notifications() []Record { return c.Topic(c.Config["notification.sink.topic.name"]) }

// Topic returns the records of one topic.
func (c *Case) Topic(name string) []Record {
	var out []Record
	for _, r := range c.Records {
		if r.Topic == name {
			out = append(out, r)
		}
	}
	return out
}

// Happened leaves out the records of what did not happen: Debezium publishes the
// rows of a branch that ends in XA ROLLBACK.
func (c *Case) Happened(records []Record) []Record {
	return slices.DeleteFunc(records, func(r Record) bool {
		return c.Name == "txmeta" && r.Value != nil && strings.Contains(*r.Value, `"v":"xarb"`)
	})
}

// Data returns the records of the data topics: <prefix>.<database>.<table>; of a case
// that make parity has kept, which may name them otherwise, all that no other method
// returns.
func (c *Case) Data() []Record {
	prefix := c.Config["topic.prefix"]
	others := []string{prefix, prefix + ".transaction", c.Config["schema.history.internal.kafka.topic"], c.Config["notification.sink.topic.name"]}
	kept := filepath.Base(filepath.Dir(c.Dir)) == "parity"
	var out []Record
	for _, r := range c.Records {
		inner, isOurs := strings.CutPrefix(r.Topic, prefix+".")
		if kept && !slices.Contains(others, r.Topic) || isOurs && strings.Contains(inner, ".") {
			out = append(out, r)
		}
	}
	return out
}
