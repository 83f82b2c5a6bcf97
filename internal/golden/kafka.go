package golden

import "cdcd/internal/kafkatest"

// Of returns records as they were read from Kafka.
func Of(records []kafkatest.Record) []Record {
	out := make([]Record, len(records))
	for i, r := range records {
		out[i] = Record{Topic: r.Topic, Partition: r.Partition, Key: asText(r.Key), Value: asText(r.Value)}
		for _, h := range r.Headers {
			out[i].Headers = append(out[i].Headers, Header{Name: h.Name, Value: asText(h.Value)})
		}
	}
	return out
}

func asText(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}
