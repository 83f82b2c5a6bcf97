package sink

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"cdcd/sink/format"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
)

// goldenEvent is a record that Debezium wrote with the Java client.
type goldenEvent struct {
	Topic     string
	Partition int32
	Key       *string
	Value     *string
}

// TestGoldenPartitions writes what Debezium wrote to topics of six partitions,
// and finds every record in the same place.
func TestGoldenPartitions(t *testing.T) {
	const p, s = "g_partitions6.partitions6.p", "g_partitions6.partitions6.s"
	c := fakeCluster(t, kfake.SeedTopics(6, p, s))
	checkGoldenPartitions(t, c.ListenAddrs(), p, s)
}

func checkGoldenPartitions(t *testing.T, brokers []string, topics ...string) {
	t.Helper()
	k := open(t, brokers, func(c *Config) { c.Topics.Partitions = 6 })
	want := map[string][]string{}
	n := 0
	for _, name := range topics {
		topic := &format.Topic{Name: name}
		b := &format.Batch{}
		for _, e := range goldenEvents(t, name) {
			place := fmt.Sprintf("%s-%d", e.Topic, e.Partition)
			want[place] = append(want[place], text(e.Key)+" = "+text(e.Value))
			addRecord(b, topic, text(e.Key), text(e.Value))
			n++
		}
		if err := k.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, k)
	got := map[string][]string{}
	for _, r := range consume(t, brokers, n, topics...) {
		place := fmt.Sprintf("%s-%d", r.Topic, r.Partition)
		got[place] = append(got[place], string(r.Key)+" = "+orNull(r.Value))
	}
	if diff := cmp.Diff(want, got); n == 0 || diff != "" {
		t.Errorf("%d records (-golden +got):\n%s", n, diff)
	}
}

// goldenEvents is the records of a topic, which the file has in the order of
// their partitions and offsets.
func goldenEvents(t *testing.T, topic string) []goldenEvent {
	t.Helper()
	f, err := os.Open("../testdata/golden/partitions6/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []goldenEvent
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e goldenEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Topic == topic {
			events = append(events, e)
		}
	}
	return events
}

// text is the notation of addRecord, where null is "-".
func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

func orNull(b []byte) string {
	if b == nil {
		return "-"
	}
	return string(b)
}
