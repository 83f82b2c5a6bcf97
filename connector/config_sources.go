package connector

// Sources says whose transactions count (gtid.source.*), by the server uuid of their
// GTID, or MariaDB's domain and server. The zero Sources are all.
type Sources struct {
	lists
	rows bool // the rows of all others are not published
}

func (p *configParser) sources() Sources {
	return Sources{
		lists: lists{p.v.Matcher("gtid.source.includes"), p.v.Matcher("gtid.source.excludes")},
		rows:  p.v.Bool("gtid.source.filter.dml.events"),
	}
}

// published tells whose rows are published; nil for everybody's.
func (s Sources) published() func(source string) bool {
	if !s.set() || !s.rows {
		return nil
	}
	return s.allow
}
