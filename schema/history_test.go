package schema_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/schema"
)

var rewrite = flag.Bool("rewrite", false, "write what came out into testdata")

// A history is a text file of steps: statements that each end in ";" at the end
// of a line, "----", and what they did. A line "#!" names the servers that
// understand the file's statements; other lines with "#" are comments. INSERT
// is for servers only.
type history struct {
	name    string
	servers string
	steps   []step
}

type step struct {
	head       string // comments and statements as they stand in the file
	statements []string
	want       string
}

func histories(t *testing.T) []history {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var out []history
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parseHistory(name, string(text)))
	}
	return out
}

func parseHistory(name, text string) history {
	h := history{name: name}
	for text != "" {
		var s step
		var rest string
		s.head, rest, _ = strings.Cut(text, "----\n")
		want, after, _ := strings.Cut("\n"+rest, "\n\n")
		s.want, text = strings.Trim(want, "\n")+"\n", after
		var code strings.Builder
		for line := range strings.Lines(s.head) {
			switch {
			case strings.HasPrefix(line, "#!"):
				h.servers = line
			case !strings.HasPrefix(line, "#"):
				code.WriteString(line)
			}
		}
		for stmt := range strings.SplitSeq(code.String(), ";\n") {
			if stmt = strings.TrimSpace(stmt); stmt != "" {
				s.statements = append(s.statements, stmt)
			}
		}
		h.steps = append(h.steps, s)
	}
	return h
}

// TestHistories folds the statements in testdata.
func TestHistories(t *testing.T) {
	for _, h := range histories(t) {
		t.Run("file="+filepath.Base(h.name), func(t *testing.T) {
			var out strings.Builder
			tracker := schema.New(schema.WithFlavor(h.flavor()))
			for _, s := range h.steps {
				got := applied(tracker, s.statements)
				if !*rewrite && got != s.want {
					t.Errorf("%s\n%s", s.head, cmp.Diff(s.want, got))
				}
				fmt.Fprintf(&out, "%s----\n%s\n", s.head, got)
			}
			if *rewrite {
				if err := os.WriteFile(h.name, []byte(strings.TrimSuffix(out.String(), "\n")), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// flavor is that of the servers, if they have one.
func (h *history) flavor() schema.Flavor {
	switch {
	case !strings.Contains(h.servers, "mysql") && strings.Contains(h.servers, "mariadb"):
		return schema.FlavorMariaDB
	case !strings.Contains(h.servers, "mariadb") && strings.Contains(h.servers, "mysql"):
		return schema.FlavorMySQL
	}
	return schema.FlavorUnknown
}

// applied folds statements of a session in the database d and tells what
// happened.
func applied(tracker *schema.Tracker, statements []string) string {
	var out strings.Builder
	for _, stmt := range statements {
		if strings.HasPrefix(stmt, "INSERT") || strings.HasPrefix(stmt, "UPDATE") {
			continue
		}
		changes, err := tracker.Apply(schema.DDL{Database: "d", Statement: stmt})
		if err != nil {
			fmt.Fprintf(&out, "error: %v\n", err)
		}
		for _, c := range changes {
			fmt.Fprint(&out, describe(c))
		}
	}
	if out.Len() == 0 {
		return "nothing\n"
	}
	return out.String()
}

func describe(c schema.Change) string {
	switch c.Kind {
	case schema.Created:
		return "created " + show(c.Table)
	case schema.Altered:
		return "altered " + show(c.Table)
	case schema.Renamed:
		return "renamed " + c.Previous.String() + " to " + show(c.Table)
	case schema.Dropped:
		return "dropped " + c.ID.String() + "\n"
	case schema.Truncated:
		return "truncated " + c.ID.String() + "\n"
	case schema.SequenceChanged:
		if c.Table.Dropped {
			return "no sequence " + c.ID.String() + "\n"
		}
		return "sequence " + c.ID.String() + "\n"
	default:
		return strings.TrimSpace("database "+c.ID.Database+" "+c.Table.Charset+" "+c.Table.Collation) + "\n"
	}
}

// show lists a table: a line a column, then its key.
func show(tb *schema.Table) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s\n", tb.ID, strings.TrimSpace(tb.Charset+" "+tb.Collation+" "+tb.Comment))
	for i := range tb.Columns {
		fmt.Fprintf(&out, "  %s\n", strings.Join(facts(&tb.Columns[i]), " "))
	}
	if len(tb.Key) > 0 {
		var names []string
		for _, i := range tb.Key {
			names = append(names, tb.Columns[i].Name)
		}
		kind := "unique"
		if tb.PrimaryKey {
			kind = "primary"
		}
		fmt.Fprintf(&out, "  %s key %s\n", kind, strings.Join(names, ","))
	}
	return out.String()
}

// facts lists what a column is.
func facts(c *schema.Column) []string {
	out := []string{c.Name, fmt.Sprintf("%s[%d]", strings.ReplaceAll(c.TypeText, " ", "_"), c.Type)}
	add := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(c.Length >= 0, "len=%d", c.Length)
	add(c.Scale >= 0, "scale=%d", c.Scale)
	add(c.Unsigned, "unsigned")
	add(c.Zerofill, "zerofill")
	add(c.Charset != "", "%s", c.Charset)
	add(c.Collation != "", "%s", c.Collation)
	add(c.Members != nil, "%q", c.Members)
	add(!c.Nullable, "not-null")
	add(c.Default.Kind == schema.DefaultNull, "default-null")
	add(c.Default.Kind == schema.DefaultNow, "default-now")
	add(c.Default.Kind == schema.DefaultExpression, "default-expression")
	add(c.Default.Kind == schema.DefaultLiteral, "default=%s", c.Default.Text)
	add(c.Default.Quoted, "quoted")
	add(c.OnUpdate, "on-update")
	add(c.AutoIncrement, "auto-increment")
	add(c.Generated, "generated")
	add(c.Invisible, "invisible")
	add(c.SRID != 0, "srid=%d", c.SRID)
	add(c.Comment != "", "comment=%s", c.Comment)
	return out
}
