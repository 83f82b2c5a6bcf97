package format

import (
	"fmt"
	"sync"

	"cdcd/schema"
)

// JSON compiles plans that print Debezium's envelopes as Kafka Connect's
// JsonConverter does. It may be used by several goroutines.
type JSON struct {
	cfg      Config
	comments bool   // column comments are part of the schema
	headers  []byte // the context headers of every record, encoded
	source   node   // schema of the source block

	mu     sync.Mutex
	topics map[string]*Topic // guarded by mu; interned for the life of the JSON
}

// NewJSON validates cfg and completes it with Debezium's defaults. An error
// names the property that is wrong.
func NewJSON(cfg Config) (*JSON, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	j := &JSON{cfg: cfg, topics: map[string]*Topic{}}
	j.comments = cfg.Comments || cfg.Connector == "mariadb" // MariaDB's connector does not look at the property
	j.headers = encodeHeaders(j.contextHeaders())
	j.source = sourceSchema(cfg.Connector)
	return j, nil
}

// Plan compiles t. The plan is immutable and may be used by several
// goroutines, each with its own Batch. An error names the table and the column
// that has no place in an event.
func (j *JSON) Plan(t *schema.Table) (Plan, error) {
	columns, err := j.columns(t)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.ID, err)
	}
	topic, err := j.topic(t.ID)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.ID, err)
	}
	p := &plan{json: j, table: t, topic: topic, source: j.sourceParts(t.ID)}
	p.topicHash = keyHash([]byte(p.topic.Name))
	if err := p.frame(columns); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.ID, err)
	}
	return p, nil
}

func (j *JSON) columns(t *schema.Table) ([]column, error) {
	columns := make([]column, len(t.Columns))
	for i := range t.Columns {
		var err error
		if columns[i], err = j.column(t.ID, &t.Columns[i]); err != nil {
			return nil, err
		}
	}
	return columns, nil
}

// topic interns the data topic of a table.
func (j *JSON) topic(id schema.ID) (*Topic, error) {
	name, err := j.cfg.topic(id)
	return j.intern(name), err
}

func (j *JSON) intern(name string) *Topic {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := j.topics[name]
	if t == nil {
		t = &Topic{Name: name}
		j.topics[name] = t
	}
	return t
}

// key returns the columns of the record key.
// Source: Key.keyColumns.
func (j *JSON) key(t *schema.Table) []int {
	if j.cfg.KeyColumns != nil {
		if key := j.cfg.KeyColumns(t); len(key) > 0 {
			return key
		}
	}
	return t.Key
}

// captured tells whether a column is part of the value.
func (j *JSON) captured(id schema.ID, column string) bool {
	return j.cfg.CaptureColumn == nil || j.cfg.CaptureColumn(id, column)
}
