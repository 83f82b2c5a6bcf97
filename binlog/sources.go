package binlog

import (
	"slices"

	"cdcd/event"
)

// Elsewhere returns the GTID set to go on from at another server than the one that
// set was read from, where only the transactions of some sources matter. Those stay
// as they are. Of the others the new server need not have what was read, and what it
// has executed of that is not read twice: a statement among it has changed the tables
// already. What it has purged of them counts as read; none where purged is empty.
//
// MariaDB's sets have the last transaction of each domain only. There a domain that
// the new server does not know is left out, if that transaction does not matter.
func Elsewhere(flavor event.Flavor, set, executed, purged event.GTIDSet, matters func(source string) bool) (event.GTIDSet, error) {
	if flavor == event.MariaDB {
		return elsewhereMaria(set, executed, matters)
	}
	var sets [3]*mysqlSet
	for i, text := range []event.GTIDSet{set, executed, purged} {
		var err error
		if sets[i], err = parseMySQLSet(text.String()); err != nil {
			return nil, err
		}
	}
	kept, others := sets[0].divide(matters)
	_, gone := sets[2].divide(matters)
	has := others.without(others.without(sets[1]))
	for _, more := range []*mysqlSet{has, gone} {
		for _, e := range more.sids {
			for _, v := range e.intervals {
				kept.insert(e.sid, v)
			}
		}
	}
	return kept, nil
}

// divide returns the parts of the set whose sources matter, and do not. Neither is
// shared.
func (s *mysqlSet) divide(matters func(source string) bool) (yes, no *mysqlSet) {
	yes, no = &mysqlSet{}, &mysqlSet{}
	for _, e := range s.without(yes).sids {
		if matters(e.sid.source()) {
			yes.sids = append(yes.sids, e)
		} else {
			no.sids = append(no.sids, e)
		}
	}
	return yes, no
}

func elsewhereMaria(set, executed event.GTIDSet, matters func(source string) bool) (event.GTIDSet, error) {
	read, err := parseMariaSet(set.String())
	if err != nil {
		return nil, err
	}
	known, err := parseMariaSet(executed.String())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(read, func(g mariaGTID) bool {
		return !matters(g.source()) && !slices.ContainsFunc(known, func(k mariaGTID) bool { return k.domain == g.domain })
	}), nil
}
