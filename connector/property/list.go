package property

import (
	"errors"
	"strings"
)

// splitList splits at commas, as Kafka's ConfigDef does: items are trimmed,
// empty ones dropped.
func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// splitPatterns splits a list of regular expressions at its commas. A
// backslash takes the next character with it, so that "\," does not split; it
// then stands for a plain comma.
// Source: Strings.RegExSplitter.
func splitPatterns(text string) ([]string, error) {
	var items []string
	add := func(item string) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, strings.ReplaceAll(item, `\,`, ","))
		}
	}
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return nil, errors.New(`ends in an unfinished escape, "\"`)
			}
		case ',':
			add(text[start:i])
			start = i + 1
		}
	}
	add(text[start:])
	return items, nil
}
