package parity

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// issue is what the line "Debezium: " of differs.txt begins with: an issue or pull
// request there, or the place in its code where one was looked for.
var issue = regexp.MustCompile(`\nDebezium: (DBZ-\d+|dbz#\d+|debezium/debezium#\d+|no issue known)(: \S.*| \([A-Z]\w+.*\))\.\n?$`)

// TestCases_SayWhyTheyDiffer: a case in which cdcd writes something else on purpose
// names Debezium's issue, or says that none is known, and users can read of it.
func TestCases_SayWhyTheyDiffer(t *testing.T) {
	all, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	differences, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{} // the line of the document, by the case
	for line := range strings.Lines(string(differences)) {
		if name, ok := strings.CutPrefix(line, "| `differs_"); ok {
			name, _, _ = strings.Cut(name, "`")
			listed["differs_"+name] = line
		}
	}
	for _, s := range all {
		if s.differs == "" {
			continue
		}
		m := issue.FindStringSubmatch(s.differs)
		switch {
		case m == nil:
			t.Errorf("%s: differs.txt does not end with a line that %s matches", s.name, issue)
		case !strings.Contains(listed[s.name], m[1]):
			t.Errorf("%s: no line of docs/differences.md has the case with %q", s.name, m[1])
		}
		delete(listed, s.name)
	}
	for name := range listed {
		t.Errorf("docs/differences.md has %s, which is no case", name)
	}
}
