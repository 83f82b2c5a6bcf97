package connector

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
	"cdcd/snapshot"
)

// transcript keeps what a server answers about the definitions of tables.
type transcript struct {
	schema.Querier
	answers map[string]string // by statement
}

// Ask implements [schema.Querier].
func (t *transcript) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	rows, err := t.Querier.Ask(ctx, statements...)
	for i, row := range rows {
		if len(rows) == len(statements) && len(row) > 1 && strings.HasPrefix(statements[i], schema.ShowCreate) {
			t.answers[statements[i]] = row[1].String
		}
	}
	return rows, err
}

// text is the definition of a table as the server has it.
func (t *transcript) text(id schema.ID) string { return t.answers[schema.ShowCreateTable(id)] }

// publishFound publishes the tables that a connector finds when it begins, as
// Debezium does at the end of its snapshot. The records are one Kafka transaction
// with the first state: a connector that did not come so far finds its tables anew.
func (c *Connector) publishFound(ctx context.Context, b *beginning, out Sink) error {
	s := newSchemaChanges(c.cfg, c.json)
	if s == nil {
		return nil
	}
	var batch format.Batch
	last := event.LastRow
	if b.copy != nil && !b.copy.empty(ctx) {
		last = event.AnyRow // rows come behind it
	}
	for i, r := range s.found(b.tracker.Versions(), b.transcript.text, b.found, last) {
		if err := s.printer.Append(&batch, &r, i); err != nil {
			return err
		}
		if len(batch.Data) < chunkBytes {
			continue
		}
		if err := out.Append(ctx, &batch); err != nil {
			return err
		}
		batch.Reset()
	}
	return out.Append(ctx, &batch)
}

// found are the records of what was found at a place: statements that make the
// databases and tables as they are. The last one has a marker of its own.
// Source: BinlogSnapshotChangeEventSource.readTableStructure.
func (s *schemaChanges) found(versions []*schema.Table, text func(schema.ID) string, at event.Position, marker event.Snapshot) (out []format.SchemaChange) {
	meta := &event.Meta{File: at.File, Pos: at.Offset, Micros: time.Now().UnixMicro(), Snapshot: event.AnyRow}
	add := func(p part) { out = append(out, p.at(meta)) }
	defaults := map[string]*schema.Table{}
	var tables []*schema.Table
	for _, t := range versions {
		if t.ID.IsDatabase() {
			defaults[t.ID.Database] = t
		} else if t.IsTable() && s.isFound(t.ID) {
			tables = append(tables, t)
		}
	}
	slices.SortFunc(tables, func(a, b *schema.Table) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	server := defaults[""]
	add(newPart(fmt.Sprintf("SET character_set_server=%s, collation_server=%s", server.Charset, server.Collation), "", schema.ID{}, nil))
	for _, t := range tables {
		add(dropped(t))
	}
	for _, database := range databases(tables) {
		id := schema.ID{Database: database}
		name, create := schema.Backquoted(id), ""
		if d := defaults[database]; d != nil {
			create = fmt.Sprintf(" CHARSET %s COLLATE %s", d.Charset, d.Collation)
		}
		add(newPart("DROP DATABASE IF EXISTS "+name, "", id, nil))
		add(newPart("CREATE DATABASE "+name+create, "", id, nil))
		add(newPart("USE "+name, "", id, nil))
		for _, t := range tables {
			if t.ID.Database == database {
				add(s.created(t, text(t.ID)))
			}
		}
	}
	last := *meta
	last.Snapshot = marker
	out[len(out)-1].Meta = &last
	return out
}

// at is the record of a part alone.
func (p part) at(meta *event.Meta) format.SchemaChange {
	group := []part{p}
	sourced(group)
	group[0].Meta = meta
	return group[0].SchemaChange
}

func dropped(t *schema.Table) part {
	return newPart("DROP TABLE IF EXISTS "+schema.Backquoted(t.ID), "DROP", t.ID, nil)
}

func (s *schemaChanges) created(t *schema.Table, create string) part {
	return newPart(s.bare(create), "CREATE", t.ID, t)
}

// publishAgain publishes the tables of a blocking snapshot, before its rows and in one
// Kafka transaction with the first of them.
// Source: BinlogSnapshotChangeEventSource.readTableStructure, for a task on demand.
func (c *Connector) publishAgain(ctx context.Context, b *beginning, out Sink) error {
	s := newSchemaChanges(c.cfg, c.json)
	if s == nil {
		return nil
	}
	meta := &event.Meta{File: b.copy.meta.File, Pos: b.copy.meta.Pos, Micros: time.Now().UnixMicro(), Snapshot: event.AnyRow}
	var drops, creates []format.SchemaChange
	for _, t := range b.copy.tables {
		text, err := b.copy.create(ctx, t.Table.ID)
		if err != nil {
			return fmt.Errorf("publish the tables of a blocking snapshot: %w", err)
		}
		drops, creates = append(drops, dropped(t.Table).at(meta)), append(creates, s.created(t.Table, text).at(meta))
	}
	if n := len(creates); n > 0 && c.cfg.Flavor == event.MySQL && s.isLast(b.copy.tables[n-1].Table.ID, b.tracker.Tables()) {
		last := *meta
		last.Snapshot = event.LastRow
		creates[n-1].Meta = &last
	}
	var batch format.Batch
	for i, r := range append(drops, creates...) {
		if err := s.printer.Append(&batch, &r, i); err != nil {
			return err
		}
	}
	return out.Append(ctx, &batch)
}

// isLast tells whether no captured table comes behind one. Of these Debezium marks the
// last one, also where not all are asked for; its MariaDB connector, which is older, marks
// none.
func (s *schemaChanges) isLast(id schema.ID, all []*schema.Table) bool {
	return !slices.ContainsFunc(all, func(t *schema.Table) bool { return s.isFound(t.ID) && t.ID.String() > id.String() })
}

// create is the statement that makes a table, as the view sees it. The table may be
// changed behind it.
func (v *view) create(ctx context.Context, id schema.ID) (string, error) {
	rows, err := viewSession{v.sessions[0]}.Query(ctx, "SAVEPOINT cdcd;"+schema.ShowCreateTable(id)+";ROLLBACK TO SAVEPOINT cdcd")
	if err != nil {
		return "", err
	}
	return snapshot.Definition(rows)
}

// bare is a CREATE TABLE without a comment at its end, as of partitions.
func (s *schemaChanges) bare(create string) string {
	for _, p := range schema.Outline(schema.DDL{Statement: create}, s.flavor) {
		return p.Text
	}
	return create
}

// isFound tells whether a table is published at the start.
func (s *schemaChanges) isFound(id schema.ID) bool {
	switch {
	case s.cfg.OnlyTables:
		return s.filter.Table(id)
	case s.cfg.OnlyDatabases:
		return s.filter.Database(id.Database)
	}
	return !builtin(id.Database)
}

// databases are those of tables, in the order of their first one.
func databases(tables []*schema.Table) (names []string) {
	for _, t := range tables {
		if !slices.Contains(names, t.ID.Database) {
			names = append(names, t.ID.Database)
		}
	}
	return names
}
