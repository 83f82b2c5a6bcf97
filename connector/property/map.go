package property

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Map is a configuration as JSON holds it. Like Kafka Connect it takes numbers
// and truth values without quotes; a null leaves the property out.
type Map map[string]string

// UnmarshalJSON reads an object of texts, numbers and truth values. The error
// names the property, not its value.
func (m *Map) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*m = make(Map, len(raw))
	for name, value := range raw {
		s, set, err := scalar(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if set {
			(*m)[name] = s
		}
	}
	return nil
}

func scalar(value json.RawMessage) (text string, set bool, err error) {
	switch {
	case bytes.Equal(value, []byte("null")):
		return "", false, nil
	case value[0] == '"':
		err = json.Unmarshal(value, &text)
		return text, true, err
	case value[0] == '{' || value[0] == '[':
		return "", false, errors.New("want a text, a number, true or false")
	}
	return string(value), true, nil
}
