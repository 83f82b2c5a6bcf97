package fetch

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// keyring holds the keys that Debian's archive is signed with.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// Debian unpacks packages of a suite of Debian, with all they depend on down to
// the C library, into dir, and returns the version of the first. The machine's
// own packages are neither used nor touched, and nothing needs root.
func Debian(ctx context.Context, dir, suite string, packages ...string) (string, error) {
	if err := need("apt and dpkg", "apt-get", "dpkg"); err != nil {
		return "", err
	}
	if _, err := os.Stat(keyring); err != nil {
		return "", fmt.Errorf("%w: no %s (install debian-archive-keyring)", ErrUnavailable, keyring)
	}
	mirror, err := debianMirror(os.DirFS("/etc/apt"))
	if err != nil {
		return "", err
	}
	state, err := newAptState(dir, mirror, suite)
	if err != nil {
		return "", err
	}
	if err := state.download(ctx, packages); err != nil {
		return "", err
	}
	version, err := state.unpack(ctx, dir, packages[0])
	if err != nil {
		return "", err
	}
	return version, os.RemoveAll(state.dir)
}

// aptState is a folder in which apt keeps its state instead of in the system's.
type aptState struct{ dir string }

func newAptState(parent, mirror, suite string) (aptState, error) {
	s := aptState{dir: filepath.Join(parent, "apt")}
	for _, sub := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
			return s, err
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "status"), nil, 0o644); err != nil {
		return s, err
	}
	source := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite)
	return s, os.WriteFile(filepath.Join(s.dir, "sources.list"), []byte(source), 0o644)
}

func (s aptState) download(ctx context.Context, packages []string) error {
	if err := s.apt(ctx, "update"); err != nil {
		return err
	}
	return s.apt(ctx, append([]string{"-y", "-d", "install", "--no-install-recommends"}, packages...)...)
}

func (s aptState) apt(ctx context.Context, args ...string) error {
	return run(ctx, s.dir, "apt-get", append([]string{
		"-q",
		"-o", "Dir::Etc::sourcelist=" + filepath.Join(s.dir, "sources.list"),
		"-o", "Dir::Etc::sourceparts=-",
		"-o", "Dir::State::Lists=" + filepath.Join(s.dir, "lists"),
		"-o", "Dir::State::status=" + filepath.Join(s.dir, "status"),
		"-o", "Dir::Cache=" + filepath.Join(s.dir, "cache"),
		"-o", "Acquire::Languages=none",
		"-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "Acquire::Retries=3",
		// root would download as a user that may not enter a private folder
		"-o", "APT::Sandbox::User=root",
	}, args...)...)
}

// unpack unpacks every downloaded package into dir and returns the version of
// the one named.
func (s aptState) unpack(ctx context.Context, dir, name string) (version string, err error) {
	debs, err := filepath.Glob(filepath.Join(s.dir, "cache", "archives", "*.deb"))
	if err != nil {
		return "", err
	}
	for _, deb := range debs {
		if err := run(ctx, s.dir, "dpkg", "-x", deb, dir); err != nil {
			return "", err
		}
		if rest, ok := strings.CutPrefix(filepath.Base(deb), name+"_"); ok {
			version, _, _ = strings.Cut(rest, "_")
		}
	}
	if version == "" {
		return "", fmt.Errorf("apt downloaded %d packages but not %s", len(debs), name)
	}
	return url.PathUnescape(version)
}
