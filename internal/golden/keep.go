package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Keep writes what was recorded of a case, its records, its start and the server's
// binlog files by name, if there are any, into its folder, where [Load] reads it.
func (c *Case) Keep(files map[string][]byte) error {
	dir := filepath.Join(c.Dir, binlogs)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if len(files) > 0 {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	slices.SortStableFunc(c.Records, func(a, b Record) int { return strings.Compare(a.Topic, b.Topic) })
	if err := c.write(events, asAny(c.Records)...); err != nil {
		return err
	}
	if c.BinlogFile == "" {
		return nil
	}
	return c.write("notes.json", notes{PosRun: []string{c.BinlogFile, fmt.Sprint(c.Start)}})
}

// write writes values to a file, one a line, with their text as it is.
func (c *Case) write(file string, values ...any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(c.Dir, file), b.Bytes(), 0o644)
}

func asAny(records []Record) (out []any) {
	for _, r := range records {
		out = append(out, r)
	}
	return out
}
