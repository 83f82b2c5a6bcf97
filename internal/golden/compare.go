package golden

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Mask says what is not compared.
type Mask struct {
	// Live masks what differs between two runs: source times, file, GTID,
	// thread, and for MariaDB the position. A replay of the recorded binlog
	// leaves it false.
	Live    bool
	MariaDB bool
	// Positions masks the positions of a live run, too, where something decides them
	// that is not the same: the name of the account, or what comes by the clock. A
	// blocking snapshot of Debezium's stands inside of the signal's transaction.
	Positions bool
	// Unordered compares the records of a partition in any order: several sessions have
	// copied them. Which record has a marker of the copy is not compared, but how many
	// of a topic have it.
	Unordered bool
	// Signalled masks where in the stream rows were copied for which a signal asked, and
	// when: Debezium gets there at another moment.
	Signalled bool
}

var (
	envelopeTimes = regexp.MustCompile(`("op":"[a-z]","ts_ms":)\d+(,"ts_us":)\d+(,"ts_ns":)\d+`)
	sourceTimes   = regexp.MustCompile(`("name":"[^"]*","ts_ms":)\d+(,"snapshot":.{1,120}?,"ts_us":)\d+(,"ts_ns":)\d+`)
	sourcePlace   = regexp.MustCompile(`("gtid":)(?:"[^"]*"|null)(,"file":)"[^"]*"`)
	sourcePos     = regexp.MustCompile(`("pos":)\d+`)
	sourceThread  = regexp.MustCompile(`("thread":)(?:\d+|null)`)
	schemaChange  = regexp.MustCompile(`("row":)\d+(,"thread":[^}]*\},"ts_ms":)\d+(,"databaseName":)`)
	currentTime   = regexp.MustCompile(`("(?:dtcn?|tsc)":)(?:\d+|"[^"]*")`) // columns with the DEFAULT CURRENT_TIMESTAMP
	heartbeat     = regexp.MustCompile(`\{"ts_ms":\d+\}`)
	transaction   = regexp.MustCompile(`("transaction":\{"id":)"[^"]*"`)
	boundary      = regexp.MustCompile(`("status":"[A-Z]+","id":)"[^"]*"(.*"ts_ms":)\d+`)
	transactionID = regexp.MustCompile(`(\{"id":)"[^"]*"(\}\}?)$`)
	mariaBegin    = regexp.MustCompile(`("status":"BEGIN".*"ts_ms":)\d+`)
	notification  = regexp.MustCompile(`"aggregate_type":"[^"]*","additional_data":\{`)
	notifiedAt    = regexp.MustCompile(`("timestamp":)\d+(\}\}?)$`)
	drawnID       = regexp.MustCompile(`(\{"id":)"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"`)
	copyPlace     = regexp.MustCompile(`("snapshot":)"(?:first|first_in_data_collection|true|last_in_data_collection|last)"`)
	mariaVersion  = regexp.MustCompile(`("source":\{"version":)"[^"]*"`)
)

func (m Mask) value(v *string) string {
	if v == nil {
		return "(null)"
	}
	if notification.MatchString(*v) {
		return maskNotification(*v)
	}
	s := envelopeTimes.ReplaceAllString(*v, "${1}0${2}0${3}0")
	// A statement's row is what the last change before it left there.
	s = schemaChange.ReplaceAllString(s, "${1}0${2}0${3}")
	if m.Live || strings.Contains(s, `"server_id":0,`) { // of no event
		s = sourceTimes.ReplaceAllString(s, "${1}0${2}0${3}0")
	}
	s = heartbeat.ReplaceAllString(s, `{"ts_ms":0}`)
	if m.Unordered {
		s = copyPlace.ReplaceAllString(s, `${1}"true"`)
	}
	if m.MariaDB {
		s = mariaVersion.ReplaceAllString(s, `${1}"-"`)
		s = mariaBegin.ReplaceAllString(s, "${1}0") // there it is the time of the event before
	}
	if m.Signalled && (copyPlace.MatchString(s) || strings.Contains(s, `"snapshot":"incremental"`)) {
		s = sourceTimes.ReplaceAllString(s, "${1}0${2}0${3}0")
		s = sourcePlace.ReplaceAllString(s, `${1}"-"${2}"-"`)
		s = sourceThread.ReplaceAllString(s, "${1}0")
		s = sourcePos.ReplaceAllString(s, "${1}0")
	}
	if !m.Live {
		return s
	}
	s = transaction.ReplaceAllString(s, `${1}"-"`)
	s = boundary.ReplaceAllString(s, `${1}"-"${2}0`)
	s = sourcePlace.ReplaceAllString(s, `${1}"-"${2}"-"`)
	s = sourceThread.ReplaceAllString(s, "${1}0")
	s = currentTime.ReplaceAllString(s, "${1}0")
	if m.MariaDB || m.Positions {
		s = sourcePos.ReplaceAllString(s, "${1}0")
	}
	return s
}

// maskNotification masks the id where it was drawn, the time, and the order of the facts:
// Debezium's is another one after each start of its JVM where two names fall together.
func maskNotification(s string) string {
	s = notifiedAt.ReplaceAllString(drawnID.ReplaceAllString(s, `${1}"-"`), "${1}0$2")
	const name = `"additional_data":`
	before, rest, _ := strings.Cut(s, name)
	data, d := map[string]string{}, json.NewDecoder(strings.NewReader(rest))
	if d.Decode(&data) != nil {
		return s
	}
	ordered, err := json.Marshal(data)
	if err != nil {
		return s
	}
	return before + name + string(ordered) + rest[d.InputOffset():]
}

// drawn tells whether a record is of a notification whose id was drawn, and with it
// its partition. That of a signal is the same in every run.
func drawn(r Record) bool {
	return r.Key != nil && r.Value != nil && notification.MatchString(*r.Value) && drawnID.MatchString(*r.Key)
}

// key masks the id of a transaction, which alone is a string there, and one that was
// drawn.
func (m Mask) key(r Record) string {
	if drawn(r) {
		return drawnID.ReplaceAllString(*r.Key, `${1}"-"`)
	}
	if m.Live && strings.HasSuffix(r.Topic, ".transaction") {
		return transactionID.ReplaceAllString(text(r.Key), `${1}"-"${2}`)
	}
	return text(r.Key)
}

func (m Mask) headers(hs []Header) string {
	var b strings.Builder
	for _, h := range hs {
		v := "(null)"
		if h.Value != nil {
			v = *h.Value
		}
		if h.Name == "__debezium.context.runId" {
			v = "-"
		}
		fmt.Fprintf(&b, "%s=%s\n", h.Name, v)
	}
	return b.String()
}

func text(s *string) string {
	if s == nil {
		return "(null)"
	}
	return *s
}

// Diff compares got with the case's records topic by topic, partition by
// partition, and returns the first difference in context, "" when there is
// none. The partition of records without a key is not compared, nor that of
// notifications whose id was drawn.
func (m Mask) Diff(want, got []Record) string {
	w, g := m.byPlace(want), m.byPlace(got)
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			return fmt.Sprintf("%d records too many, the first one: %s", len(g)-i, m.describe(g[i]))
		case i >= len(g):
			return fmt.Sprintf("%d records missing, the first one: %s", len(w)-i, m.describe(w[i]))
		case w[i].Topic != g[i].Topic:
			return fmt.Sprintf("record %d: topic differs\nwant %s\n got %s", i, m.describe(w[i]), m.describe(g[i]))
		}
		if d := m.diffOne(w[i], g[i]); d != "" {
			return fmt.Sprintf("record %d of %s: %s", i, w[i].Topic, d)
		}
	}
	if a, b := places(want), places(got); m.Unordered && !maps.Equal(a, b) {
		return fmt.Sprintf("markers of the copy differ: want %v, got %v", a, b)
	}
	return ""
}

// places counts the markers of a copy, by topic.
func places(rs []Record) map[string]int {
	n := map[string]int{}
	for _, r := range rs {
		if r.Value != nil {
			n[r.Topic+" "+copyPlace.FindString(*r.Value)]++
		}
	}
	return n
}

// byPlace orders records by topic and partition and keeps their order within, if that
// counts.
func (m Mask) byPlace(rs []Record) []Record {
	out := slices.Clone(rs)
	for i := range out {
		if keyless(out[i]) || drawn(out[i]) {
			out[i].Partition = 0
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		order := cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
		if order == 0 && m.Unordered {
			return cmp.Or(cmp.Compare(m.key(a), m.key(b)), cmp.Compare(m.value(a.Value), m.value(b.Value)))
		}
		return order
	})
	return out
}

func keyless(r Record) bool { return r.Key == nil }

func (m Mask) describe(r Record) string {
	return fmt.Sprintf("%s-%d key %s value %s", r.Topic, r.Partition, text(r.Key), payload(m.value(r.Value)))
}

// payload is what to show of a value: not its schema.
func payload(value string) string {
	if _, after, ok := strings.Cut(value, `},"payload":`); ok {
		value = after
	}
	return value[:min(len(value), 600)]
}

func (m Mask) diffOne(want, got Record) string {
	for _, part := range []struct{ name, want, got string }{
		{"key", m.key(want), m.key(got)},
		{"value", m.value(want.Value), m.value(got.Value)},
		{"headers", m.headers(want.Headers), m.headers(got.Headers)},
		{"partition", fmt.Sprint(want.Partition), fmt.Sprint(got.Partition)},
	} {
		if part.want != part.got {
			return fmt.Sprintf("%s differs (key %s)\n%s", part.name, text(want.Key), context(part.want, part.got))
		}
	}
	return ""
}

// context shows both texts around the first byte in which they differ.
func context(want, got string) string {
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	around := func(s string) string { return s[max(0, min(i-120, len(s))):min(len(s), i+160)] }
	return fmt.Sprintf("want … %s …\n got … %s …", around(want), around(got))
}
