package daemontest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binary builds cdcd as it is, once for each test process, and returns its path.
var Binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cdcd-build-")
	if err != nil {
		return "", err
	}
	return Build(context.Background(), dir)
})

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
