package mysqltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"cdcd/internal/fetch"
)

// dist is where the programs of a server come from and how it is initialised.
type dist struct {
	item fetch.Item
	// Paths in the item's folder: the server, the folder of its messages,
	// character sets and SQL scripts, and that of its plugins.
	mysqld, share, plugins string
	// initialise are the arguments with which the server fills an empty data
	// folder, from the SQL that it reads.
	initialise []string
	// scripts are the files of share that make the system tables, where the
	// server does not make them itself.
	scripts []string
	// users is the SQL that lets root in from everywhere and nobody else.
	users string
	// tools makes the item with the program that prints binlogs, when item has
	// none; printer is the program's path in it.
	tools   func() fetch.Item
	printer string
}

// get downloads the programs unless they are in the cache.
func (d dist) get(ctx context.Context, logf fetch.Logf) (programs, error) {
	e, err := d.item.Get(ctx)
	if err != nil {
		return programs{}, err
	}
	if e.Fresh {
		logf("mysqltest: fetched %s", e.Got)
	}
	return programs{dist: d, Entry: e}, nil
}

// getTools downloads the program that prints binlogs.
func (d dist) getTools(ctx context.Context) (programs, error) {
	if d.tools != nil {
		d.item = d.tools()
	}
	return d.get(ctx, fetch.Announce)
}

// programs is a dist that is in the cache.
type programs struct {
	dist
	fetch.Entry
}

// command runs one of the programs. It runs through the loader that came with it
// and so uses none of this machine's libraries, which may be older or newer.
func (p programs) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	loader := []string{"--library-path", strings.Join(p.libraries(), ":"), filepath.Join(p.Dir, program)}
	return exec.CommandContext(ctx, p.find("*ld-linux*.so.*"), append(loader, args...)...)
}

// server is the command that runs mysqld on a data folder. The context is not
// that of whoever starts the server: it outlives the call.
func (p programs) server(data string, args ...string) *exec.Cmd {
	share := filepath.Join(p.Dir, p.share)
	cmd := p.command(context.Background(), p.mysqld,
		"--no-defaults",
		"--basedir="+filepath.Join(p.Dir, "usr"),
		"--lc-messages-dir="+share,
		"--character-sets-dir="+filepath.Join(share, "charsets"),
		"--plugin-dir="+filepath.Join(p.Dir, p.plugins),
		"--secure-file-priv=",
		"--datadir="+data,
		"--socket=mysqld.sock", // in the data folder, whose own path may be too long for a socket
		"--pid-file=mysqld.pid",
	)
	if os.Getuid() == 0 {
		cmd.Args = append(cmd.Args, "--user=root")
	}
	cmd.Args = append(cmd.Args, args...)
	return cmd
}

// libraries are the folders of the shared libraries; /usr/lib and /lib are one
// in newer Debians and two in older packages.
func (p programs) libraries() []string {
	usr, _ := filepath.Glob(filepath.Join(p.Dir, "usr", "lib", "*-linux-gnu*"))
	lib, _ := filepath.Glob(filepath.Join(p.Dir, "lib", "*-linux-gnu*"))
	return append(usr, lib...)
}

// find returns the first file among the libraries that matches, or "".
func (p programs) find(pattern string) string {
	for _, dir := range p.libraries() {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// template returns an initialised data folder, to be copied and not used.
func (p programs) template(ctx context.Context) (string, error) {
	recipe := strings.Join([]string{p.Got, strings.Join(p.initialise, " "), strings.Join(p.scripts, " "), p.users}, "\n")
	item := fetch.Item{Name: p.item.Name + "-data", Recipe: recipe, Make: p.fill}
	e, err := item.Get(ctx)
	return filepath.Join(e.Dir, "data"), err
}

// fill makes the folder that template returns.
func (p programs) fill(_ context.Context, dir string) (string, error) {
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		return "", err
	}
	sql, err := p.sql(dir)
	if err != nil {
		return "", err
	}
	cmd := p.server(data, append(p.initialise, "--init-file="+sql)...)
	if len(p.scripts) > 0 {
		cmd = p.server(data, p.initialise...)
		if cmd.Stdin, err = os.Open(sql); err != nil {
			return "", err
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initialise a data folder: %w\n%s", err, out[max(0, len(out)-3000):])
	}
	// Or all copies would be one server to each other. Absent in MariaDB.
	if err := os.Remove(filepath.Join(data, "auto.cnf")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return p.Got, nil
}

// sql writes the statements that initialise a server to a file in dir.
func (p programs) sql(dir string) (path string, err error) {
	path = filepath.Join(dir, "initialise.sql")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if len(p.scripts) > 0 {
		if _, err := f.WriteString("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"); err != nil {
			return "", err
		}
	}
	for _, name := range p.scripts {
		if err := p.appendScript(f, name); err != nil {
			return "", err
		}
	}
	_, err = f.WriteString(p.users)
	return path, err
}

func (p programs) appendScript(w io.Writer, name string) error {
	text, err := os.ReadFile(filepath.Join(p.Dir, p.share, name))
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
