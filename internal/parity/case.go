package parity

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"cdcd/internal/golden"
)

// scenario is one case.
type scenario struct {
	name       string
	setup, run string            // SQL
	again      string            // SQL for a second start, "" for none
	props      map[string]string // of the connector
	differs    string            // why the records differ, "" where they must not
}

// load reads all cases in a folder, in the order of their names.
func load(root string) ([]scenario, error) {
	folders, err := filepath.Glob(filepath.Join(root, "*", "connector.json"))
	if err != nil {
		return nil, err
	}
	var all []scenario
	for _, path := range folders {
		s, err := read(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func read(dir string) (s scenario, err error) {
	s.name = filepath.Base(dir)
	if s.setup, err = text(dir, "setup.sql"); err != nil {
		return s, err
	}
	if s.run, err = text(dir, "run.sql"); err != nil {
		return s, err
	}
	if s.again, err = text(dir, "again.sql"); err != nil && !os.IsNotExist(err) {
		return s, err
	}
	if s.differs, err = text(dir, "differs.txt"); err != nil && !os.IsNotExist(err) {
		return s, err
	}
	properties, err := text(dir, "connector.json")
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(properties), &s.props); err != nil {
		return s, fmt.Errorf("%s/connector.json: %w", s.name, err)
	}
	return s, nil
}

func text(dir, file string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, file))
	return string(b), err
}

// isMariaDB tells which server the case is for.
func (s scenario) isMariaDB() bool { return golden.IsMariaDB(s.props) }
