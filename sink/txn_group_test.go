package sink

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"pgregory.net/rapid"
)

// TestGroup cuts at random between source transactions and in them, and compares
// the records of each Kafka transaction with a model: those up to its boundary
// and behind the one before, in the order of their partition.
func TestGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newGroupModel()
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				m.append(t, rapid.IntRange(0, 3).Draw(t, "topic"), rapid.IntRange(1, 90).Draw(t, "n"))
			},
			"commit": func(*rapid.T) { m.commit() },
			"begin":  func(t *rapid.T) { m.begin(t) },
			"finish": func(t *rapid.T) { m.finish(t) },
		})
	})
}

type groupModel struct {
	k      *Kafka
	topics []*format.Topic
	next   int
	ends   []int // of boundaries: the number of the record behind
	done   int   // records of finished transactions
	begun  *interval
}

func newGroupModel() *groupModel {
	c, _ := Config{Brokers: []string{"none"}, BatchSize: 500}.withDefaults()
	m := &groupModel{k: newKafka(context.Background(), c, nil)}
	m.k.stop(ErrClosed) // nothing is sent
	m.k.group = &group{
		k: m.k, limits: limits{age: time.Hour, bytes: 2000}, stateTopic: "state",
		encode: func(s event.State) (key, value []byte) { return []byte(stateKey), []byte(itoa(int(s.Position.Offset))) },
	}
	for _, name := range []string{"a", "b", "c", "d", "state"} {
		t := &topic{name: name, limit: defaultLimit}
		t.partitions = []*partition{{topic: t, leader: 1, owner: noProducer}}
		m.k.topics[name] = t
		m.topics = append(m.topics, &format.Topic{Name: name})
	}
	return m
}

func (m *groupModel) append(t *rapid.T, topic, size int) {
	b := batchOf(m.topics[topic], "-", fmt.Sprintf("%0*d", size, m.next))
	m.next++
	m.k.mu.Lock()
	defer m.k.mu.Unlock()
	if err := m.k.add(context.Background(), b, 0); err != nil {
		t.Fatal(err)
	}
}

func (m *groupModel) commit() {
	m.k.mu.Lock()
	defer m.k.mu.Unlock()
	m.ends = append(m.ends, m.next)
	m.k.group.boundary(at(len(m.ends)), time.Now())
}

// begin is the committer's: it cuts, or begins to stream.
func (m *groupModel) begin(t *rapid.T) {
	m.k.mu.Lock()
	defer m.k.mu.Unlock()
	if m.begun != nil || m.k.group.wait(time.Now()) > 0 {
		t.Skip("nothing to begin")
	}
	m.begun = m.k.group.begin()
}

// finish acknowledges a transaction and checks what was in it.
func (m *groupModel) finish(t *rapid.T) {
	m.k.mu.Lock()
	defer m.k.mu.Unlock()
	if m.begun == nil || !m.begun.closed {
		t.Skip("nothing to finish")
	}
	end := m.ends[m.begun.upto-1]
	var all []int
	for _, p := range m.begun.parts {
		all = append(all, m.drain(t, p)...)
	}
	slices.Sort(all)
	var want []int
	for i := m.done; i < end; i++ {
		want = append(want, i)
	}
	if !slices.Equal(all, want) {
		t.Fatalf("transaction up to boundary %d holds %v, want %v", m.begun.upto, all, want)
	}
	if got := m.k.ledger.take(nil); len(got) != 1 || got[0] != m.begun || got[0].state.Position.Offset != m.begun.upto {
		t.Fatalf("reached %v", got)
	}
	m.k.group.finish(m.begun, time.Now())
	m.done, m.begun = end, nil
}

// drain takes the transaction's batches off a partition.
func (m *groupModel) drain(t *rapid.T, p *partition) []int {
	var ns []int
	for len(p.queue) > 0 && p.queue[0].interval == m.begun {
		b := p.queue[0]
		p.queue = p.queue[1:]
		m.k.ledger.settle(b.interval)
		b.frame(nil, 0, time.Now(), &m.k.bufs)
		err := stored(b.buf).records(0, 1<<62, func(r record) error {
			if r.key == nil {
				n, err := strconv.Atoi(string(r.value))
				ns = append(ns, n)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.IsSorted(ns) {
		t.Fatalf("order of %s: %v", p.topic.name, ns)
	}
	return ns
}
