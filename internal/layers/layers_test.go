package layers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportTable reads the ```imports block of README.md and holds every
// source file to it, whatever its build tags. Test files are free: they may
// import whatever they need.
func TestImportTable(t *testing.T) {
	table := readTable(t)
	for file, imports := range readImports(t) {
		pkg := path.Dir(file)
		may, known := lookup(table, pkg)
		if !known {
			t.Errorf("%s has no row in README.md's import table", pkg)
		}
		for _, imp := range imports {
			if ours, ok := strings.CutPrefix(imp, "cdcd/"); ok && !matches(may, ours) {
				t.Errorf("%s imports %s; README.md allows it only %v", file, imp, may)
			}
			if owners, guarded := lookup(table, imp); guarded && !matches(owners, pkg) {
				t.Errorf("%s imports %s, which is left to %v", file, imp, owners)
			}
		}
	}
}

// readTable returns the right-hand side of each row by its left-hand side:
// "package -> what it may import" or "library <- who may import it".
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```imports\n")
	block, _, _ = strings.Cut(block, "```")
	table := map[string][]string{}
	for line := range strings.Lines(block) {
		if f := strings.Fields(line); len(f) >= 3 {
			table[f[0]] = f[2:]
		}
	}
	if len(table) == 0 {
		t.Fatal("README.md has no import table")
	}
	return table
}

// readImports returns what each source file of the module imports.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	root := os.DirFS("../..")
	imports := map[string][]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports[name] = nil
		for _, s := range f.Imports {
			imp, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				return err
			}
			imports[name] = append(imports[name], imp)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// lookup finds the row of a path: its own, or that of the nearest parent that
// ends in "/..." and so covers what lies below it.
func lookup(table map[string][]string, name string) ([]string, bool) {
	if row, ok := table[name]; ok {
		return row, true
	}
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if row, ok := table[dir+"/..."]; ok {
			return row, true
		}
	}
	return nil, false
}

// matches tells whether the names of a row cover pkg. "anything" is every
// package, "product" every one outside of internal.
func matches(row []string, pkg string) bool {
	internal := strings.HasPrefix(pkg, "internal/")
	return slices.ContainsFunc(row, func(name string) bool {
		return name == pkg || name == "anything" ||
			name == "product" && !internal ||
			name == "internal/..." && internal
	})
}
