package format

import (
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// sourceSchema is the schema of the source block.
// Source: MySqlSourceInfoStructMaker, MariaDbSourceInfoStructMaker.
func sourceSchema(connector string) node {
	snapshot := logical("string", "io.debezium.data.Enum",
		param{"allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"})
	snapshot.def = []byte(`"false"`)
	s := logical("struct", "io.debezium.connector."+connector+".Source")
	s.fields = []node{
		{kind: "string", field: "version"},
		{kind: "string", field: "connector"},
		{kind: "string", field: "name"},
		{kind: "int64", field: "ts_ms"},
		snapshot.maybe().as("snapshot"),
		{kind: "string", field: "db"},
		{kind: "string", optional: true, field: "sequence"},
		{kind: "int64", optional: true, field: "ts_us"},
		{kind: "int64", optional: true, field: "ts_ns"},
		{kind: "string", optional: true, field: "table"},
		{kind: "int64", field: "server_id"},
		{kind: "string", optional: true, field: "gtid"},
		{kind: "string", field: "file"},
		{kind: "int64", field: "pos"},
		{kind: "int32", field: "row"},
		{kind: "int64", optional: true, field: "thread"},
		{kind: "string", optional: true, field: "query"},
	}
	return s
}

// sourceParts is what the source block of a table always holds.
type sourceParts struct {
	head, database, table []byte
	streamed              []byte // snapshot marker of a streamed change
	query                 bool
}

func (j *JSON) sourceParts(id schema.ID) sourceParts {
	head := []byte(`,"source":{"version":`)
	head = appendString(head, []byte(j.cfg.Version))
	head = appendStringMember(head, "connector", j.cfg.Connector)
	head = appendStringMember(head, "name", j.cfg.TopicPrefix)
	s := sourceParts{
		head:     kept(append(head, `,"ts_ms":`...)),
		database: kept(append(appendStringMember(nil, "db", id.Database), `,"sequence":null,"ts_us":`...)),
		table:    kept(append(appendStringMember(nil, "table", id.Name), `,"server_id":`...)),
		streamed: []byte(`"false"`),
		query:    j.cfg.Query,
	}
	if j.cfg.KeepNulls {
		s.streamed = []byte("null")
	}
	return s
}

// appendHead prints the block up to the row number.
func (s *sourceParts) appendHead(dst []byte, m *event.Meta) []byte {
	us := eventMicros(m)
	dst = append(dst, s.head...)
	dst = strconv.AppendInt(dst, floorDiv(us, 1000), 10)
	dst = append(dst, `,"snapshot":`...)
	if m.Snapshot == "" {
		dst = append(dst, s.streamed...)
	} else {
		dst = appendString(dst, []byte(m.Snapshot))
	}
	dst = append(dst, s.database...)
	dst = strconv.AppendInt(dst, us, 10)
	dst = append(dst, `,"ts_ns":`...)
	dst = strconv.AppendInt(dst, us*1000, 10)
	dst = append(dst, s.table...)
	dst = strconv.AppendUint(dst, uint64(m.ServerID), 10)
	dst = append(dst, `,"gtid":`...)
	dst = appendGTID(dst, m.Txn)
	dst = append(dst, `,"file":`...)
	dst = appendString(dst, []byte(m.File))
	dst = append(dst, `,"pos":`...)
	dst = strconv.AppendUint(dst, m.Pos, 10)
	return append(dst, `,"row":`...)
}

// appendTail prints what follows the row number.
func (s *sourceParts) appendTail(dst []byte, m *event.Meta) []byte {
	dst = append(dst, `,"thread":`...)
	if m.Txn != nil && m.Txn.HasThread {
		dst = strconv.AppendUint(dst, uint64(m.Txn.Thread), 10)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"query":`...)
	if s.query && m.Query != "" {
		dst = appendString(dst, []byte(m.Query))
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, '}')
}

func appendGTID(dst []byte, t *event.Txn) []byte {
	if t == nil || t.GTID == "" {
		return append(dst, "null"...)
	}
	return appendString(dst, []byte(t.GTID))
}

// eventMicros is the commit time where the server logs one, else the event's.
func eventMicros(m *event.Meta) int64 {
	if m.Txn != nil && m.Txn.CommitMicros != 0 {
		return m.Txn.CommitMicros
	}
	return m.Micros
}
