package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// errMessage says what a message looks like.
var errMessage = errors.New(`want a JSON object with "type", "data" and perhaps "id", where data is an object or a text that holds one`)

// Message is a signal as it is in Kafka, in a file and over HTTP. It may hold values,
// and is never logged.
type Message struct {
	ID   string `json:"id,omitempty"` // "" where there is none
	Type string `json:"type"`
	Data string `json:"data,omitempty"` // JSON
}

// ReadMessage reads a JSON object of id, type and data. The id may be missing, or a
// number; data may be missing, an object, or a text that holds one. The error is that of
// [Parse]. What is in data is not looked at.
// Source: KafkaSignalChannel.processSignal, FileSignalChannel.readSignalString.
func ReadMessage(text []byte) (Message, error) {
	var m struct {
		ID   json.RawMessage `json:"id"`
		Type *string         `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Type == nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMalformed, errMessage)
	}
	id, err1 := content(m.ID, "-0123456789")
	data, err2 := content(m.Data, "{")
	if err1 != nil || err2 != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMalformed, errMessage)
	}
	return Message{ID: id, Type: *m.Type, Data: data}, nil
}

// Text is what [ReadMessage] reads.
func (m Message) Text() []byte {
	text, _ := json.Marshal(m) // of texts alone
	return text
}

// Signal reads the message's data.
func (m Message) Signal() (Signal, error) { return Parse(m.ID, m.Type, m.Data) }

// ParseMessage reads a message and its data.
func ParseMessage(text []byte) (Signal, error) {
	m, err := ReadMessage(text)
	if err != nil {
		return Signal{}, err
	}
	return m.Signal()
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
