package fetch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
)

func TestDebianMirror(t *testing.T) {
	f := func(file, text, want string) {
		t.Helper()
		got, err := debianMirror(fstest.MapFS{file: {Data: []byte(text)}})
		if got != want || (want == "") != errors.Is(err, ErrUnavailable) {
			t.Errorf("mirror is %q (%v), want %q", got, err, want)
		}
	}
	f("sources.list", "# comment\ndeb-src x://s a main\ndeb [signed-by=/k] x://m bookworm main contrib\n", "x://m")
	f("sources.list", "deb x://sec bookworm-security main\n", "")
	f("sources.list", "deb x://other bookworm stable\n", "")
	f("sources.list.d/debian.sources", "Types: deb\nURIs: x://m x://n\nSuites: bookworm bookworm-updates\nComponents: main\n", "x://m")
	f("sources.list.d/debian.sources",
		"Types: deb\nURIs: x://off\nSuites: bookworm\nComponents: main\nEnabled: no\n\n"+
			"Types: deb\nURIs: x://sec\nSuites: bookworm-security\nComponents: main\n\n"+
			"Types: deb deb-src\n# comment\nURIs:\n x://m\nSuites: bookworm\nComponents: main\n", "x://m")
	f("sources.list.d/other.sources", "Types: deb\nURIs: x://m\nSuites: bookworm\nComponents: main\n", "")
}

// TestItem_MadeOnce asks for one item from many goroutines, then again under
// another recipe, and then for one whose making fails.
func TestItem_MadeOnce(t *testing.T) {
	t.Setenv("CDCD_CACHE", t.TempDir())
	var made atomic.Int32
	item := Item{Name: "thing", Recipe: "one\nand more", Make: func(_ context.Context, dir string) (string, error) {
		made.Add(1)
		return "it", os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644)
	}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			e, err := item.Get(t.Context())
			if err != nil || e.Got != "it" {
				t.Errorf("got %+v, %v", e, err)
			}
			if _, err := os.Stat(filepath.Join(e.Dir, "file")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	item.Recipe = "two"
	if e, err := item.Get(t.Context()); err != nil || !e.Fresh || made.Load() != 2 {
		t.Errorf("made %d times, last %+v, %v; want twice", made.Load(), e, err)
	}
	boom := errors.New("boom")
	broken := Item{Name: "broken", Make: func(context.Context, string) (string, error) { return "", boom }}
	for range 2 {
		if _, err := broken.Get(t.Context()); !errors.Is(err, boom) {
			t.Errorf("a failed making gave %v", err)
		}
	}
}
