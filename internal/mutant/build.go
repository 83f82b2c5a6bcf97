package mutant

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdcd/internal/daemontest"
)

// Bug is what is done to the sources. It begins with nothing replaced.
type Bug []Edit

// Edit replaces a text of a source file, named from the root of the module,
// which has that text once.
type Edit struct{ File, Old, New string }

// Build builds cdcd with a bug, and returns the path of the binary, which lives
// as long as the test. An edit whose text is not there just once fails the test,
// so that no bug is left behind by the product.
func (b Bug) Build(t testing.TB) (path string) {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range b.sources(t) {
		copied := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[path] = copied
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if path, err = daemontest.Build(t.Context(), dir, "-overlay", name); err != nil {
		t.Fatal(err)
	}
	return path
}

// sources are the texts of the files that change, by their paths.
func (b Bug) sources(t testing.TB) map[string]string {
	t.Helper()
	root, err := filepath.Abs("../..") // from the folder of any package in internal
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, e := range b {
		path := filepath.Join(root, e.File)
		if sources[path] == "" {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources[path] = string(text)
		}
		if n := strings.Count(sources[path], e.Old); n != 1 {
			t.Fatalf("%s has the text to be replaced %d times: %s", e.File, n, e.Old)
		}
		sources[path] = strings.Replace(sources[path], e.Old, e.New, 1)
	}
	return sources
}
