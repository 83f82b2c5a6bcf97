package checker

import "fmt"

// checkAtomicity proves I4: of a transaction of the source all records are
// committed or none, and all in one Kafka transaction. One that was divided is
// in several: then all but its first part say so by the header cdcd.split. Kafka
// transactions that could not be told apart are left out (see log.join).
func checkAtomicity(h *history) []Violation {
	var out []Violation
	for _, m := range h.incomplete() {
		if m.some {
			out = append(out, missing(Atomicity, h.source.name(m.group),
				fmt.Sprintf("change %d of %d is missing, and others are there", m.seq, h.source.groups[m.group].count)))
		}
	}
	home := make([]int32, len(h.source.groups)) // the Kafka transaction of the part without the header, +1
	h.data(func(p *partition, r *record) {
		txn := h.log.txnOf(r.segment)
		if r.group < 0 || r.split || txn < 0 {
			return
		}
		switch at := &home[r.group]; {
		case *at == 0:
			*at = txn + 1
		case *at != txn+1:
			out = append(out, h.at(Atomicity, p, r, "it is in two Kafka transactions: %s and %s", h.log.describe(*at-1), h.log.describe(txn)))
		}
	})
	return out
}

// describe names a Kafka transaction.
func (l *log) describe(txn int32) string {
	t := l.txns[txn]
	s := l.segments[t.segments[0]]
	p := l.parts[s.part]
	return fmt.Sprintf("producer %d epoch %d, with its marker at %s-%d:%d of coordinator epoch %d",
		t.producer, t.epoch, p.topic, p.number, s.marker, s.leader)
}

// checkBank proves that the sum of a column is the same behind every transaction
// of the source, taken in their order: every prefix of the topics that ends
// between two transactions is a state in which the bank was. Transactions that
// only insert fill the bank and may change the sum.
func checkBank(h *history) []Violation {
	type account struct {
		delta   int64
		filling bool
		touched bool
	}
	accounts := make([]account, len(h.source.groups))
	h.data(func(p *partition, r *record) {
		if r.group < 0 || h.log.bank[p.topic] == "" {
			return
		}
		a := &accounts[r.group]
		a.filling = (a.filling || !a.touched) && r.op == insert
		a.touched = true
		a.delta += r.delta
	})
	var out []Violation
	for g, a := range accounts {
		if a.touched && !a.filling && a.delta != 0 {
			out = append(out, missing(Balance, h.source.name(int32(g)), fmt.Sprintf("the sum changes by %d", a.delta)))
		}
	}
	return out
}

// delta is by how much an event changes the sum of a column.
func delta(e envelope, column string) (int64, error) {
	before, err := balance(e.before, column)
	if err != nil {
		return 0, err
	}
	after, err := balance(e.after, column)
	return after - before, err
}

// balance is the value of an integer column, 0 without a row.
func balance(row []byte, column string) (int64, error) {
	if len(row) == 0 || row[0] != '{' {
		return 0, nil
	}
	var sum uint64
	ok := false
	err := members(row, func(name, value []byte) error {
		if string(name) == `"`+column+`"` {
			sum, ok = integer(value)
		}
		return nil
	})
	if err == nil && !ok {
		err = fmt.Errorf("column %s of the bank is not an integer", column)
	}
	return int64(sum), err
}
