package format

import (
	"maps"
	"slices"
	"strconv"

	"cdcd/event"
)

// Notifications prints the records of a notification topic. It is immutable.
// Source: SinkNotificationChannel.
type Notifications struct {
	topic *Topic
	key   frame
	value frame
	name  string // of the connector, as notifications have it
}

// Notifications returns the printer of a notification topic.
func (j *JSON) Notifications(topic string) *Notifications {
	id, text := node{kind: "string", field: "id"}, node{kind: "string"}
	key, value := j.commonSchema("NotificationKey"), j.commonSchema("Notification")
	key.fields = []node{id}
	value.fields = []node{
		id, text.as("type"), text.as("aggregate_type"),
		{kind: "map", keys: &text, values: &text, optional: true, field: "additional_data"},
		{kind: "int64", field: "timestamp"},
	}
	return &Notifications{
		topic: j.intern(topic), name: j.cfg.TopicPrefix,
		key: newFrame(j.cfg.KeySchemas, key), value: newFrame(j.cfg.ValueSchemas, value),
	}
}

// Append appends a notification, which has an id, of the given time.
func (p *Notifications) Append(b *Batch, n event.Notification, ms int64) error {
	e := b.open(p.topic)
	dst := append(append(b.Data, p.key.open...), `{"id":`...)
	b.Data = append(append(appendString(dst, []byte(n.ID)), '}'), p.key.end...)
	e.keyed()
	dst = append(append(b.Data, p.value.open...), `{"id":`...)
	dst = appendString(dst, []byte(n.ID))
	dst = appendStringMember(dst, "type", n.Type)
	dst = appendStringMember(dst, "aggregate_type", n.Aggregate)
	dst = p.appendData(append(dst, `,"additional_data":{`...), n.Data)
	dst = append(dst, `},"timestamp":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	b.Data = append(append(dst, '}'), p.value.end...)
	return e.close()
}

// appendData prints the facts, and the connector's name among them.
func (p *Notifications) appendData(dst []byte, data map[string]string) []byte {
	for i, name := range dataOrder(data) {
		if i > 0 {
			dst = append(dst, ',')
		}
		value, ok := data[name]
		if !ok {
			value = p.name
		}
		dst = append(appendString(dst, []byte(name)), ':')
		dst = appendString(dst, []byte(value))
	}
	return dst
}

// connectorName is the fact that every notification has.
const connectorName = "connector_name"

// dataOrder is the order of a java.util.HashMap that was made of Map.of(data), and to
// which connector_name was added. In which order a Map.of has names that fall
// together there each start of a JVM draws anew; this is that of the golden cases.
// Source: InitialSnapshotNotificationService.buildNotificationWith.
func dataOrder(data map[string]string) []string {
	names := slices.Sorted(maps.Keys(data))
	slices.Reverse(names)
	capacity := uint32(16)
	if n := len(names); n > 0 {
		capacity = roomy(n)
		for uint32(n+1)*4 > capacity*3 {
			capacity *= 2
		}
	}
	names = append(names, connectorName)
	sortByHash(names, capacity, itself)
	return names
}
