package format

import "strconv"

// Heartbeats prints the records of a heartbeat topic. It is immutable.
// Source: HeartbeatImpl.
type Heartbeats struct {
	topic *Topic
	key   []byte
	value frame
}

// Heartbeats returns the printer of a heartbeat topic.
func (j *JSON) Heartbeats(topic string) *Heartbeats {
	key, value := j.commonSchema("ServerNameKey"), j.commonSchema("Heartbeat")
	key.fields = []node{{kind: "string", field: "serverName"}}
	value.fields = []node{{kind: "int64", field: "ts_ms"}}
	f := newFrame(j.cfg.KeySchemas, key)
	name := appendString(append(f.open, `{"serverName":`...), []byte(j.cfg.TopicPrefix))
	return &Heartbeats{topic: j.intern(topic), key: append(append(name, '}'), f.end...), value: newFrame(j.cfg.ValueSchemas, value)}
}

// Append appends a heartbeat of the given time, for partition 0.
func (h *Heartbeats) Append(b *Batch, ms int64) error {
	e := b.open(h.topic)
	b.Data = append(b.Data, h.key...)
	e.keyed()
	e.first()
	dst := append(append(b.Data, h.value.open...), `{"ts_ms":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	b.Data = append(append(dst, '}'), h.value.end...)
	return e.close()
}
