package format

import "encoding/binary"

// header is one record header.
type header struct {
	name  string
	value []byte
}

// contextHeaders are on every record of a table.
// Source: io.debezium.connector.common.DebeziumHeaderProducer.
func (j *JSON) contextHeaders() []header {
	if !j.cfg.ContextHeaders {
		return nil
	}
	return []header{
		{"__debezium.context.connectorLogicalName", []byte(j.cfg.TopicPrefix)},
		{"__debezium.context.taskId", []byte(j.cfg.TaskID)},
		{"__debezium.context.connectorName", []byte(j.cfg.Connector)},
		{"__debezium.context.runId", []byte(j.cfg.RunID)},
	}
}

// encodeHeaders prints headers as a v2 record holds them, count first.
func encodeHeaders(list []header) []byte {
	dst := binary.AppendVarint(nil, int64(len(list)))
	for _, h := range list {
		dst = appendHeader(dst, h.name, h.value)
	}
	return dst
}

func appendHeader[V string | []byte](dst []byte, name string, value V) []byte {
	dst = binary.AppendVarint(dst, int64(len(name)))
	dst = append(dst, name...)
	dst = binary.AppendVarint(dst, int64(len(value)))
	return append(dst, value...)
}

// prepend puts one header in front of encoded ones.
func prependHeader(dst []byte, name string, value, others []byte) []byte {
	count, n := binary.Varint(others)
	dst = binary.AppendVarint(dst, count+1)
	dst = appendHeader(dst, name, value)
	return append(dst, others[n:]...)
}
