package parity

import (
	"strings"
	"testing"
)

// TestCases_SayWhyTheyDiffer: a case in which cdcd writes something else on purpose
// names Debezium's issue, or says that none is known.
func TestCases_SayWhyTheyDiffer(t *testing.T) {
	all, err := load("../../testdata/parity")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.differs == "" {
			continue
		}
		if _, issue, ok := strings.Cut(s.differs, "\nDebezium: "); !ok || strings.TrimSpace(issue) == "" {
			t.Errorf("%s: differs.txt has no line that begins with \"Debezium: \"", s.name)
		}
	}
}
