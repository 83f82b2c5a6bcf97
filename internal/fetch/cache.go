package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cdcd/internal/machine"
)

// ErrUnavailable is wrapped by errors that say what this machine lacks, as
// opposed to what went wrong: a test that meets one is skipped.
var ErrUnavailable = errors.New("not available on this machine")

// Logf says what is going on, a line a call.
type Logf func(format string, args ...any)

// marker is the file that says what an item was made of and is written last.
const marker = "MADE-OF"

// Item is one folder of the cache.
type Item struct {
	// Name is the folder's name.
	Name string
	// Recipe is what the folder is made of. Where it differs from that of the
	// folder in the cache, the folder is made again.
	Recipe string
	// Make fills the folder and says in one line what it got.
	Make func(ctx context.Context, dir string) (string, error)
}

// Entry is an item that is in the cache.
type Entry struct {
	Dir   string // absolute
	Got   string // what Make said
	Fresh bool   // it was made by this call
}

// Dir returns the cache folder.
func Dir() (string, error) {
	if dir := os.Getenv("CDCD_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "cdcd"), err
}

// Get returns the item's folder and makes it first if need be. Of several
// processes that ask at once one makes it and the others wait.
func (i Item) Get(ctx context.Context) (Entry, error) {
	cache, err := Dir()
	if err != nil {
		return Entry{}, err
	}
	if e, ok := i.find(cache); ok {
		return e, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return Entry{}, err
	}
	lock, err := machine.Lock(ctx, filepath.Join(cache, i.Name+".lock"))
	if err != nil {
		return Entry{}, err
	}
	defer func() { _ = lock.Close() }()
	if e, ok := i.find(cache); ok {
		return e, nil
	}
	if err := i.make(ctx, cache); err != nil {
		return Entry{}, fmt.Errorf("fetch %s: %w", i.Name, err)
	}
	e, _ := i.find(cache)
	e.Fresh = true
	return e, nil
}

// find looks the item up and compares the recipe.
func (i Item) find(cache string) (Entry, bool) {
	dir := filepath.Join(cache, i.Name)
	text, err := os.ReadFile(filepath.Join(dir, marker))
	if err != nil {
		return Entry{}, false
	}
	got, recipe, _ := strings.Cut(string(text), "\n")
	return Entry{Dir: dir, Got: got}, recipe == i.Recipe
}

// make fills a folder beside the item's and gives it the item's name when it
// is complete. The caller has the item's lock.
func (i Item) make(ctx context.Context, cache string) error {
	final := filepath.Join(cache, i.Name)
	dir := final + ".new"
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755)); err != nil {
		return err
	}
	got, err := i.Make(ctx, dir)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, marker), []byte(got+"\n"+i.Recipe), 0o644)
	}
	if err == nil {
		err = errors.Join(os.RemoveAll(final), os.Rename(dir, final))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return nil
}
