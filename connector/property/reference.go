package property

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// reference is Kafka's notation for a value that is kept elsewhere:
// ${provider:path} or ${provider:path:key}.
var reference = regexp.MustCompile(`\$\{([A-Za-z][A-Za-z0-9_-]*):([^}]*)\}`)

// Resolve replaces the references in a value, as Parse does with those in a
// configuration.
func Resolve(value string) (string, error) {
	text, _, err := resolve(value)
	return text, err
}

// resolve replaces the references in a value: ${env:NAME}, ${file:/path} for a
// whole file without its last line end, ${file:/path:key} for one key of a
// properties file, and ${directory:/path:name} for a file of a folder. It tells
// whether there was one. The error names the reference, never what it holds. A
// sealed value is an error that does not show it.
func resolve(value string) (text string, hidden bool, err error) {
	var errs []error
	text = reference.ReplaceAllStringFunc(value, func(ref string) string {
		hidden = true
		m := reference.FindStringSubmatch(ref)
		s, err := provide(m[1], m[2])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", shown(m[1], ref), err))
		}
		return s
	})
	return text, hidden, errors.Join(errs...)
}

// providers read what references stand for, by the name before the colon.
var providers = map[string]func(what string) (string, error){
	"env":          environment,
	"file":         file,
	"directory":    folder,
	"dir":          folder,
	sealedProvider: unopened,
}

func provide(provider, what string) (string, error) {
	read, ok := providers[provider]
	if !ok {
		return "", fmt.Errorf("provider %q is not known: env, file and directory are", provider)
	}
	return read(what)
}

// shown is what an error calls a reference.
func shown(provider, ref string) string {
	if provider == sealedProvider {
		return "${" + sealedProvider + ":…}"
	}
	return ref
}

// unopened refuses a sealed value: Key.Open comes before Parse.
func unopened(string) (string, error) {
	return "", errors.New("the value is sealed with the cluster.secret of a cluster, and was not opened")
}

func file(what string) (string, error) {
	if path, key, keyed := strings.Cut(what, ":"); keyed {
		return fileKey(path, key)
	}
	return wholeFile(what)
}

func folder(what string) (string, error) {
	path, name, named := strings.Cut(what, ":")
	if !named || name != filepath.Base(name) {
		return "", errors.New("want ${directory:/path:name}")
	}
	return wholeFile(filepath.Join(path, name))
}

func environment(name string) (string, error) {
	v, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Errorf("the environment has no variable %s", name)
	}
	return v, nil
}

func wholeFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// fileKey reads one key of a Java properties file: "key=value" or "key: value"
// lines, comments after # and !. Escapes other than a doubled backslash are not
// in use for passwords and are left alone.
func fileKey(path, key string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimLeft(lines.Text(), " \t\f")
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		if k, v, ok := cutProperty(line); ok && k == key {
			return strings.ReplaceAll(v, `\\`, `\`), nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return "", fmt.Errorf("%s has no key %s", path, key)
}

func cutProperty(line string) (key, value string, ok bool) {
	i := strings.IndexAny(line, "=:")
	if i < 0 {
		return "", "", false
	}
	return strings.TrimSpace(line[:i]), strings.TrimLeft(line[i+1:], " \t\f"), true
}
