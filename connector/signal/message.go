package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// errMessage says what a message looks like.
var errMessage = errors.New(`want a JSON object with "type", "data" and perhaps "id", where data is an object or a text that holds one`)

// ParseMessage reads a signal as it is in Kafka, in a file and over HTTP: a JSON object
// of id, type and data. The id may be missing, and is "" then; data may be missing, an
// object, or a text that holds one. The error is that of [Parse].
// Source: KafkaSignalChannel.processSignal, FileSignalChannel.readSignalString.
func ParseMessage(text []byte) (Signal, error) {
	var m struct {
		ID   json.RawMessage `json:"id"`
		Type *string         `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Type == nil {
		return Signal{}, fmt.Errorf("%w: %w", ErrMalformed, errMessage)
	}
	id, err := content(m.ID, "-0123456789")
	data, err2 := content(m.Data, "{")
	if err != nil || err2 != nil {
		return Signal{}, fmt.Errorf("%w: %w", ErrMalformed, errMessage)
	}
	return Parse(id, *m.Type, data)
}

// content is a JSON text's, or that of a value that begins with one of the signs, as
// it stands; "" for null and for nothing.
func content(value json.RawMessage, begins string) (string, error) {
	if len(value) == 0 || string(value) == "null" {
		return "", nil
	}
	if strings.IndexByte(begins, value[0]) >= 0 {
		return string(value), nil
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err
}
