package property

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write docs/properties.md anew")

// instance makes a name of a pattern.
var instance = strings.NewReplacer("<N>", "10", "<algo>", "SHA-256", "<salt>", "abc", ".*", ".anything", "<", "", ">", "")

// TestTable_NamesEverything holds the table to a list that was made from the
// sources of Debezium and Kafka.
func TestTable_NamesEverything(t *testing.T) {
	f, err := os.Open("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x := newIndex()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name := lines.Text()
		if strings.HasPrefix(name, "#") {
			continue
		}
		if _, ok := x.find(instance.Replace(name)); !ok {
			t.Errorf("%s has no row", name)
		}
	}
}

// TestTable_PassThroughHidesNothing: a name below database. that Debezium
// knows must have a row of its own, or a warning would deny it.
func TestTable_PassThroughHidesNothing(t *testing.T) {
	names, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	x := newIndex()
	for name := range strings.Lines(string(names)) {
		name = strings.TrimSpace(name)
		if d, _ := x.find(instance.Replace(name)); (d.Name == "database.*" || d.Name == "driver.*") && d.Name != name {
			t.Errorf("%s has no row of its own", name)
		}
	}
}

func TestTable_IsConsistent(t *testing.T) {
	x := newIndex()
	seen := map[string]bool{}
	for _, s := range Table() {
		for _, d := range s.Rows {
			if seen[d.Name] {
				t.Errorf("%s has two rows", d.Name)
			}
			seen[d.Name] = true
			checkRow(t, x, d)
		}
	}
}

func checkRow(t *testing.T, x index, d Definition) {
	t.Helper()
	if d.Default != "" {
		if err := d.check(d.Default); err != nil {
			t.Errorf("%s: its default: %v", d.Name, err)
		}
	}
	for _, w := range d.Works {
		if err := d.check(w); err != nil {
			t.Errorf("%s: works with %q: %v", d.Name, w, err)
		}
	}
	if (d.Type == Choice) != (d.Choices != nil) {
		t.Errorf("%s: choices and type do not agree", d.Name)
	}
	if d.Support != Supported && d.Note == "" {
		t.Errorf("%s: no reason given", d.Name)
	}
	for _, other := range []string{d.Excludes, today(d)} {
		if _, ok := x.find(other); other != "" && !ok {
			t.Errorf("%s names %s, which has no row", d.Name, other)
		}
	}
	if found, ok := x.find(instance.Replace(d.Name)); !ok || found.Name != d.Name && !d.pattern() {
		t.Errorf("%s is shadowed by %q", d.Name, found.Name)
	}
}

func today(d Definition) string {
	if d.Support == Renamed {
		return d.Note
	}
	return ""
}

const docs = "../../docs/properties.md"

// TestDocs compares docs/properties.md with the table; -rewrite writes it.
func TestDocs(t *testing.T) {
	want := document()
	if *rewrite {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/properties.md is not what the table says: go test ./connector/property -run TestDocs -rewrite")
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(`# Connector properties

Every property that Debezium 3.6 and Kafka Connect know for a MySQL or MariaDB connector, and what cdcd makes of it. This file is generated from the table in connector/property.

- **yes**: it has its effect.
- **no effect**: it is accepted, and nothing depends on it.
- **warning**: a value that does not work yet is named in a warning when the connector starts.
- **refused**: a value that does not work yet keeps the connector from starting, because leaving it out would change what is published.

A name that is not here is named in a warning. Any value may be a reference: ` + "`${env:NAME}`, `${file:/path}`, `${file:/path:key}` and `${directory:/path:name}`" + `. Names of databases, tables and columns are matched by Java regular expressions, without case and in full; lookahead works at the beginning and after plain characters (` + "`shop\\.(?!tmp_).*`" + `); lookbehind, back-references and nested character classes are refused.
`)
	for _, s := range Table() {
		fmt.Fprintf(&b, "\n## %s\n\n| property | type | default | cdcd |\n|---|---|---|---|\n", s.Title)
		for _, d := range s.Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(d.Name), kind(d), code(d.Default), standing(d))
		}
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func kind(d Definition) string {
	if d.Type != Choice || d.Name == "database.ssl.mode" {
		return string(d.Type)
	}
	return strings.Join(codes(d.Choices), ", ")
}

func codes(values []string) []string {
	quoted := slices.Clone(values)
	for i, v := range quoted {
		quoted[i] = code(v)
	}
	return quoted
}

func standing(d Definition) string {
	var parts []string
	if d.Required {
		parts = append(parts, "required")
	}
	if d.Excludes != "" {
		parts = append(parts, "not together with "+code(d.Excludes))
	}
	if len(d.Works) > 0 {
		parts = append(parts, "works with "+strings.Join(codes(d.Works), ", "))
	}
	if d.Note != "" && d.Support != Renamed {
		parts = append(parts, d.Note)
	}
	word := map[Support]string{Supported: "**yes**", Ignored: "**no effect**", Warned: "**warning**", Refused: "**refused**"}[d.Support]
	if d.Support == Renamed {
		word = "today " + code(d.Note)
	}
	if len(parts) == 0 {
		return word
	}
	return word + ": " + strings.ReplaceAll(strings.Join(parts, "; "), "|", `\|`)
}
