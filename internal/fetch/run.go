package fetch

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// run runs a command in dir and puts the end of what it printed into the error.
func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, tail(out))
	}
	return nil
}

// need says which of the commands this machine lacks, and what to install.
func need(packages string, commands ...string) error {
	for _, c := range commands {
		if _, err := exec.LookPath(c); err != nil {
			return fmt.Errorf("%w: no %s (install %s)", ErrUnavailable, c, packages)
		}
	}
	return nil
}

// tail returns the last 2000 bytes.
func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
