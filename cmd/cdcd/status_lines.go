package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"cdcd/cluster"
)

// nodeStatus is what /status answers, as far as cdcd status shows it.
type nodeStatus struct {
	Ready   bool                       `json:"ready"`
	Reasons map[string]string          `json:"reasons"`
	Cluster cluster.View               `json:"cluster"`
	Parts   map[string]json.RawMessage `json:"parts"`
}

// connectorPrefix is how the parts of a node are called that are connectors.
const connectorPrefix = "connector "

// lines are for people: the node, the connectors of the cluster, why some of them do
// not get on, and how far snapshots are that the node makes.
func (s nodeStatus) lines(columns int) []string {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 8, 2, ' ', 0)
	printAge(t, s.Cluster)
	s.printTable(t)
	_ = t.Flush() // to memory: does not fail
	lines := []string{s.headline()}
	for line := range strings.Lines(text.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	why := s.why()
	for _, part := range slices.Sorted(maps.Keys(why)) {
		lines = append(lines, printable(part+": "+why[part]))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Cluster.Connectors)) {
		lines = append(lines, s.snapshot(name, columns)...)
		lines = append(lines, s.increments(name)...)
	}
	return lines
}

// why is what keeps parts of the node, and connectors of any node, by their names.
func (s nodeStatus) why() map[string]string {
	why := map[string]string{}
	for name, c := range s.Cluster.Connectors {
		if c.Error != "" {
			why[connectorPrefix+name] = c.Error
		}
	}
	maps.Copy(why, s.Reasons)
	return why
}

func (s nodeStatus) headline() string {
	ready := "ready"
	if !s.Ready {
		ready = "not ready"
	}
	return printable(fmt.Sprintf("node %s of cluster %s: %s", s.Cluster.Node, s.Cluster.Name, ready))
}

// printTable adds the connectors to t. The position is last: a set of GTIDs is long.
func (s nodeStatus) printTable(t *tabwriter.Writer) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) }
	say("CONNECTOR\tTARGET\tNODE\tPHASE\tLAG\tPOSITION\n")
	for _, name := range slices.Sorted(maps.Keys(s.Cluster.Connectors)) {
		c := s.Cluster.Connectors[name]
		say("%s\t%s\t%s\t%s\t%s\t%s\n", printable(name), c.Target, printable(c.Node), s.phase(name, c), lag(c.LagSeconds), printable(c.Position))
	}
}

// phase says that a connector copies rows, which is a kind of running.
func (s nodeStatus) phase(name string, c cluster.ConnectorView) string {
	if p := s.part(name).Snapshot; p != nil && p.Running && c.Phase != "" {
		return c.Phase + ", snapshot"
	}
	return c.Phase
}

// part is what the node says of a connector that it runs.
func (s nodeStatus) part(name string) (c connectorStatus) {
	_ = json.Unmarshal(s.Parts[connectorPrefix+name], &c) // there is none, or it is of another version
	return c
}

func (s nodeStatus) snapshot(name string, columns int) []string {
	p := s.part(name).Snapshot
	if p == nil {
		return nil
	}
	title := "snapshot of " + printable(name)
	if !p.Running {
		return []string{title + ": " + summary(p)}
	}
	lines := []string{title + ":"}
	for _, l := range picture(p, columns-2, mostTables+1) {
		lines = append(lines, "  "+l)
	}
	return lines
}

// increments are the tables of an incremental snapshot, as many as there is room for.
func (s nodeStatus) increments(name string) []string {
	p := s.part(name).Incremental
	if p == nil {
		return nil
	}
	title := "incremental snapshot of " + printable(name)
	if p.Paused {
		title += ", paused"
	}
	lines := []string{title + ":"}
	all := p.lines()
	for _, l := range all[:min(len(all), mostTables)] {
		lines = append(lines, "  "+l)
	}
	if more := len(all) - mostTables; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return lines
}
