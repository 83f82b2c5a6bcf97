package connector

import (
	"context"
	"slices"
	"strings"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// SchemaChangeConfig says which statements are published.
type SchemaChangeConfig struct {
	Publish       bool // on the topic that is named as the prefix
	OnlyTables    bool // those that touch captured tables
	OnlyDatabases bool // those of captured databases
}

// schemaChanges makes records of DDL.
// Source: BinlogDatabaseSchema.parseDdl.
type schemaChanges struct {
	printer *format.SchemaChanges
	cfg     SchemaChangeConfig
	filter  *Filter
	flavor  schema.Flavor
}

func newSchemaChanges(cfg Config, j *format.JSON) *schemaChanges {
	if !cfg.SchemaChanges.Publish {
		return nil
	}
	return &schemaChanges{printer: j.SchemaChanges(), cfg: cfg.SchemaChanges, filter: cfg.Filter, flavor: cfg.Flavor.Dialect()}
}

// changeNote is the records of one statement.
type changeNote struct {
	printer *format.SchemaChanges
	txn     event.Txn
	records []format.SchemaChange
}

func (n *changeNote) group() string { return n.txn.ID() }

func (n *changeNote) encode(b *format.Batch) error {
	for i := range n.records {
		if err := n.printer.Append(b, &n.records[i], i); err != nil {
			return err
		}
	}
	return nil
}

// publish pushes the records of a statement. Inside of a transaction that was split
// the rows behind it tell whether it is durable.
func (p *pipeline) publish(ctx context.Context, d event.DDL) error {
	if p.changes == nil || d.Meta.Txn == nil {
		return nil
	}
	if s := p.state.Split; s != nil && s.Group == d.Meta.Txn.ID() && p.rows < s.Events {
		return nil
	}
	records := p.changes.records(&d)
	if len(records) == 0 {
		return nil
	}
	note := &changeNote{printer: p.changes.printer, txn: *d.Meta.Txn, records: records}
	return p.pushed(ctx, p.queue.note(ctx, note, len(d.Text)))
}

// records are those of a statement: one for each part, or one for all of it where
// no part changed anything that Debezium follows.
func (s *schemaChanges) records(d *event.DDL) (out []format.SchemaChange) {
	parts := s.changed(d)
	switch {
	case len(d.Parts) == 0:
		return nil
	case len(parts) == 0 && s.cfg.OnlyTables:
		return nil
	case len(parts) == 0:
		none := ""
		whole := format.SchemaChange{Meta: &d.Meta, Database: d.Database, SourceDB: d.Database, Tables: &none, DDL: whole(d.Text)}
		return s.captured([]format.SchemaChange{whole})
	case s.cfg.OnlyTables && !slices.ContainsFunc(parts, s.matches):
		return nil
	}
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && parts[n].Database == parts[0].Database {
			n++
		}
		sourced(parts[:n])
		for _, p := range parts[:n] {
			p.Meta = &d.Meta
			out = append(out, p.SchemaChange)
		}
		parts = parts[n:]
	}
	return s.captured(out)
}

// whole is a statement without the blanks around it, which Java counts up to U+0020.
func whole(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
}

// captured leaves out what is of databases that are not captured, where that is
// asked for.
func (s *schemaChanges) captured(all []format.SchemaChange) []format.SchemaChange {
	return slices.DeleteFunc(all, func(c format.SchemaChange) bool {
		return (s.cfg.OnlyDatabases || s.cfg.OnlyTables) && c.Database != "" && !s.filter.Database(c.Database)
	})
}

// part is a record with the table that it is about.
type part struct {
	format.SchemaChange
	table schema.ID // nameless for a database
	index bool      // of an index; no reason to publish in itself
}

// matches tells whether a part is of a captured table or database.
func (s *schemaChanges) matches(p part) bool {
	if p.table.IsDatabase() {
		return s.filter.Database(p.table.Database)
	}
	return !p.index && s.filter.Table(p.table)
}

// changed are the parts of a statement that Debezium's parser tells its listeners
// of.
func (s *schemaChanges) changed(d *event.DDL) (out []part) {
	tables := tablesBehind(d.Changes)
	for _, p := range d.Parts {
		switch p.Kind {
		case schema.PartDatabase:
			out = append(out, newPart(p.Text, "", p.ID, nil))
		case schema.PartDrop:
			out = append(out, newPart(p.Text, "DROP", p.ID, nil))
		case schema.PartRename:
			out = append(out, newPart(p.Text, "ALTER", p.ID, tables[p.ID]))
		case schema.PartCreate, schema.PartAlter, schema.PartIndex:
			if c := subject(d.Changes, p); c != nil {
				kind := map[bool]string{true: "CREATE", false: "ALTER"}[p.Kind == schema.PartCreate]
				made := newPart(p.Text, kind, c.ID, c.Table)
				made.index = p.Kind == schema.PartIndex
				out = append(out, made)
			}
		case schema.PartOther:
		}
	}
	return out
}

func newPart(text, kind string, id schema.ID, t *schema.Table) part {
	p := part{table: id, SchemaChange: format.SchemaChange{Database: id.Database, DDL: text, Type: kind, ID: id, Table: t}}
	if t == nil && kind == "ALTER" {
		p.Type = "" // renamed on
	}
	return p
}

// tablesBehind are the tables as a statement left them.
func tablesBehind(changes []schema.Change) map[schema.ID]*schema.Table {
	tables := map[schema.ID]*schema.Table{}
	for _, c := range changes {
		switch c.Kind {
		case schema.Renamed:
			delete(tables, c.Previous)
			tables[c.ID] = c.Table
		case schema.Dropped, schema.Lost:
			delete(tables, c.ID)
		case schema.Created, schema.Altered:
			tables[c.ID] = c.Table
		case schema.Truncated, schema.DatabaseChanged, schema.SequenceChanged:
		}
	}
	return tables
}

// subject is what a part did to its table, nil where it did nothing that counts: an
// index counts only as the table's key.
func subject(changes []schema.Change, p schema.Part) *schema.Change {
	for i := range changes {
		c := &changes[i]
		switch {
		case p.Kind == schema.PartCreate && c.Kind == schema.Created,
			p.Kind == schema.PartAlter && (c.Kind == schema.Altered || c.Kind == schema.Renamed),
			p.Kind == schema.PartIndex && c.Kind == schema.Altered && isKey(c.Table, p.Index):
			return c
		}
	}
	return nil
}

// isKey tells whether an index is what identifies the rows of a table without a
// primary key.
func isKey(t *schema.Table, index string) bool {
	if t.PrimaryKey || len(t.Key) == 0 {
		return false
	}
	for _, i := range t.Indexes {
		if i.Unique && len(i.Columns) == len(t.Key) && !slices.ContainsFunc(t.Key, func(c int) bool {
			return !slices.ContainsFunc(i.Columns, func(name string) bool { return t.Column(name) == c })
		}) {
			return strings.EqualFold(i.Name, index)
		}
	}
	return false
}

// sourced gives the records of one database the tables that all of them touch, in
// the order of a java.util.HashSet that was copied once.
func sourced(parts []part) {
	var names []string
	for _, p := range parts {
		if id := p.table; !id.IsDatabase() && !slices.Contains(names, id.String()) {
			names = append(names, id.String())
		}
	}
	database, tables := parts[0].Database, (*string)(nil)
	if len(names) > 0 {
		order := format.HashSetCopy(names)
		for i := range order {
			_, order[i], _ = strings.Cut(order[i], database+".")
		}
		joined := strings.Join(order, ",")
		tables = &joined
	}
	for i := range parts {
		parts[i].SourceDB, parts[i].Tables = database, tables
	}
}
