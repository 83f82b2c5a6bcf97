package sink

import (
	"testing"

	"cdcd/event"

	"pgregory.net/rapid"
)

// TestLedger compares the ledger with a model that keeps, for each boundary,
// the set of batches that hold a record from before it.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		m := ledgerModel{}
		live := map[int]*interval{}
		var told uint64
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				live[m.batches] = l.begin(l.open())
				l.open().records = true
				m.begin()
			},
			"append": func(t *rapid.T) {
				if len(m.alive) == 0 {
					t.Skip("no batch takes records")
				}
				l.open().records = true
			},
			"commit": func(*rapid.T) {
				m.commit()
				l.commit(event.State{N: m.n})
			},
			"acknowledge": func(t *rapid.T) {
				if len(m.alive) == 0 {
					t.Skip("nothing is away")
				}
				id := rapid.SampledFrom(m.alive).Draw(t, "batch")
				l.settle(live[id])
				m.settle(id)
			},
			"": func(t *rapid.T) {
				for _, in := range l.take(nil) {
					told = in.state.N
				}
				if want := m.take(); told != want {
					t.Fatalf("reached %d, want %d", told, want)
				}
			},
		})
	})
}

type ledgerModel struct {
	n, told  uint64
	batches  int
	alive    []int
	awaiting []map[int]bool // per boundary from told+1 on: batches begun before it
}

func (m *ledgerModel) begin() {
	m.alive = append(m.alive, m.batches)
	m.batches++
}

func (m *ledgerModel) commit() {
	m.n++
	set := map[int]bool{}
	for _, id := range m.alive {
		set[id] = true
	}
	m.awaiting = append(m.awaiting, set)
}

func (m *ledgerModel) settle(id int) {
	for i, a := range m.alive {
		if a == id {
			m.alive = append(m.alive[:i], m.alive[i+1:]...)
			break
		}
	}
	for _, set := range m.awaiting {
		delete(set, id)
	}
}

// take returns the last boundary that may be told.
func (m *ledgerModel) take() uint64 {
	for len(m.awaiting) > 0 && len(m.awaiting[0]) == 0 {
		m.awaiting = m.awaiting[1:]
		m.told++
	}
	return m.told
}
