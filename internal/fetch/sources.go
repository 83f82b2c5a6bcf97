package fetch

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// debianMirror returns the address of Debian's archive in the apt sources of a
// machine: an enabled entry of sources.list or debian.sources, and never one of
// somebody else's files.
func debianMirror(etc fs.FS) (string, error) {
	if text, err := fs.ReadFile(etc, "sources.list.d/debian.sources"); err == nil {
		if uri := mirrorInStanzas(string(text)); uri != "" {
			return uri, nil
		}
	}
	if text, err := fs.ReadFile(etc, "sources.list"); err == nil {
		if uri := mirrorInLines(string(text)); uri != "" {
			return uri, nil
		}
	}
	return "", fmt.Errorf("%w: neither sources.list nor debian.sources in /etc/apt names a mirror of Debian", ErrUnavailable)
}

// mirrorInStanzas reads the deb822 format: stanzas of "Field: values".
func mirrorInStanzas(text string) string {
	for stanza := range strings.SplitSeq(text, "\n\n") {
		f := fields(stanza)
		enabled := !slices.Contains(f["enabled"], "no") && slices.Contains(f["types"], "deb")
		if enabled && len(f["uris"]) > 0 && isArchive(f["suites"], f["components"]) {
			return f["uris"][0]
		}
	}
	return ""
}

// fields returns the values of each field by its name in lower case.
func fields(stanza string) map[string][]string {
	f := map[string][]string{}
	var name string
	for line := range strings.Lines(stanza) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		value := line
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, value, _ = strings.Cut(line, ":")
			name = strings.ToLower(name)
		}
		f[name] = append(f[name], strings.Fields(value)...)
	}
	return f
}

// mirrorInLines reads the old format: "deb [options] uri suite component ...".
func mirrorInLines(text string) string {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		if _, after, ok := strings.Cut(rest, "]"); ok {
			rest = after
		}
		if f := strings.Fields(rest); len(f) >= 3 && isArchive(f[1:2], f[2:]) {
			return f[0]
		}
	}
	return ""
}

// isArchive tells Debian's archive proper from that of security updates, which
// is elsewhere and holds no other suite.
func isArchive(suites, components []string) bool {
	return slices.Contains(components, "main") && slices.ContainsFunc(suites, func(s string) bool {
		return !strings.ContainsAny(s, "-/")
	})
}
