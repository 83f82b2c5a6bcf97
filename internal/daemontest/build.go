package daemontest

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"

	"cdcd/internal/machine"
)

// Binary builds cdcd as it is, once for each test process, and returns its path.
// The next run removes it.
func Binary() (string, error) {
	b, err := built()
	return b.path, err
}

var built = sync.OnceValues(func() (b binary, err error) {
	if b.dir, err = machine.TempDir(); err != nil {
		return b, err
	}
	b.path, err = Build(context.Background(), b.dir.Path)
	return b, err
})

// binary keeps its folder, which is removed by others when nobody has it.
type binary struct {
	dir  *machine.Dir
	path string
}

// Build builds cdcd into a folder, with more flags of go build, and returns its
// path.
func Build(ctx context.Context, dir string, flags ...string) (string, error) {
	path := filepath.Join(dir, "cdcd")
	args := append([]string{"build", "-o", path}, flags...)
	build := exec.CommandContext(ctx, "go", append(args, "cdcd/cmd/cdcd")...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cdcd: %w\n%s", err, out)
	}
	return path, nil
}
