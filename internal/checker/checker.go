package checker

import (
	"context"
	"database/sql"
	"fmt"

	"cdcd/internal/mysqltest"

	_ "github.com/go-sql-driver/mysql" // for sql.Open
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config is what to check. Nothing may be written to the topics or the server
// while it is.
type Config struct {
	Brokers    []string
	StateTopic string // "" where delivery is not exactly once: then I6 and I7 are not checked, nor Kafka transactions
	Server     *mysqltest.Server
	// Tables are all tables that the connector captures, and no other: cdcd.seq
	// counts their changes.
	Tables []Table
	// From and To, if given, are positions (a GTID set, or file:pos): transactions
	// of the source that began before From, or are not behind To, are not asked for.
	// With From the tables have to be empty there for I5 to hold.
	From, To string
	// NoTombstones is tombstones.on.delete=false.
	NoTombstones bool
	// Bank is the column whose sum stays the same, by topic.
	Bank map[string]string
}

// Run reads the topics, the binlogs and the tables and decides every invariant.
// An error means that something could not be read, and not that it is wrong.
func Run(ctx context.Context, c Config) (*Report, error) {
	h, err := c.history(ctx)
	if err != nil {
		return nil, err
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	ends, err := h.log.read(ctx, cl, c.StateTopic)
	if err != nil {
		return nil, err
	}
	decided, err := readDecisions(ctx, cl, h.log.parts)
	if err != nil {
		return nil, err
	}
	views, err := checkViews(ctx, h.log, c.Brokers, ends)
	if err != nil {
		return nil, err
	}
	h.log.found.add(views...)
	report := h.check(decided, c.StateTopic != "")
	for _, e := range ends {
		if e.stable < e.high {
			report.Unchecked = append(report.Unchecked, fmt.Sprintf("%s-%d: a transaction is open at offset %d", e.topic, e.number, e.stable))
		}
	}
	return report, nil
}

// history reads the server's side.
func (c Config) history(ctx context.Context) (*history, error) {
	m := newImage()
	h := &history{tombstones: !c.NoTombstones, log: &log{image: m, bank: c.Bank}}
	db, err := sql.Open("mysql", c.Server.DSN())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tables := append([]Table(nil), c.Tables...)
	h.tables = make([]finalTable, len(tables))
	for i := range tables {
		if err := tables[i].describe(ctx, db); err != nil {
			return nil, fmt.Errorf("table %s: %w", tables[i].Name, err)
		}
		if h.tables[i], err = tables[i].read(ctx, db, m); err != nil {
			return nil, fmt.Errorf("read table %s: %w", tables[i].Name, err)
		}
	}
	if h.source, err = readBinlogs(ctx, c.Server, tables, m); err != nil {
		return nil, err
	}
	h.log.source = h.source
	return h, c.restrict(h.source)
}

func (c Config) restrict(s *source) error {
	var bounds [2]*position
	for i, text := range []string{c.From, c.To} {
		if text == "" {
			continue
		}
		p, err := parsePosition(text)
		if err != nil {
			return err
		}
		bounds[i] = &p
	}
	s.restrict(bounds[0], bounds[1])
	return nil
}

func readBinlogs(ctx context.Context, server *mysqltest.Server, tables []Table, m *image) (*source, error) {
	files, err := server.Binlogs()
	if err != nil {
		return nil, err
	}
	p := newParser(tables, server.Flavor == mysqltest.MySQL, m)
	for _, file := range files {
		r, err := server.Binlog(ctx, file)
		if err != nil {
			return nil, err
		}
		err = p.read(file, r)
		_ = r.Close()
		if err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// read reads every partition raw.
func (l *log) read(ctx context.Context, cl *kgo.Client, stateTopic string) ([]extent, error) {
	tables := map[string]int16{}
	var topics []string
	for i, t := range l.source.tables {
		tables[t.Topic], topics = int16(i), append(topics, t.Topic)
	}
	if stateTopic != "" {
		tables[stateTopic], topics = -1, append(topics, stateTopic)
	}
	ends, err := extents(ctx, cl, topics...)
	if err != nil {
		return nil, err
	}
	for i, e := range ends {
		p := l.partition(e, tables[e.topic])
		r := &rawReader{client: cl, unpack: kgo.DefaultDecompressor(), extent: e}
		err := r.read(ctx, func(b batch) error { l.add(int32(i), b); return nil }, func(a abortedTxn) { p.aborted[a] = true })
		if err != nil {
			return nil, err
		}
	}
	l.finish()
	return ends, nil
}

// partition adds a partition that is to be read.
func (l *log) partition(e extent, table int16) *partition {
	p := &partition{
		topic: e.topic, number: e.number, table: table, whole: e.start, next: e.start,
		stable: e.stable, control: -1, open: map[int64]*pending{}, aborted: map[abortedTxn]bool{},
	}
	l.parts = append(l.parts, p)
	return p
}

// check decides every invariant.
func (h *history) check(decided []decision, transactional bool) *Report {
	r := &Report{}
	found := &h.log.found
	if transactional {
		r.Unchecked = h.log.join(decided)
		found.add(checkChain(h)...)
		found.add(checkSessions(h)...)
		found.add(checkPositions(h)...)
		r.Unchecked = append(r.Unchecked, h.unchecked()...)
	}
	found.add(checkAborted(h.log)...)
	for _, check := range []func(*history) []Violation{checkLoss, checkDuplicates, checkOrder, checkAtomicity, checkBank} {
		found.add(check(h)...)
	}
	final, unchecked := checkFinal(h)
	found.add(final...)
	r.Unchecked = append(r.Unchecked, unchecked...)
	r.Violations, r.Counts = found.list, found.counts
	h.count(r)
	return r
}

// unchecked says what compaction took.
func (h *history) unchecked() []string {
	if whole := h.log.statePart().whole; whole > 0 {
		return []string{fmt.Sprintf("I6 and I7 below offset %d of %s, where records were removed", whole, h.log.statePart().topic)}
	}
	return nil
}

// count fills in the figures.
func (h *history) count(r *Report) {
	h.data(func(_ *partition, rec *record) {
		r.Records++
		if rec.op == snapshot {
			r.Snapshot++
		}
	})
	r.SourceGroups, r.SourceChanges, r.RolledBack = len(h.source.groups), len(h.source.changes), len(h.source.undone)
	r.KafkaTransactions, r.States = len(h.log.txns), len(h.log.states)
	producers, sessions := map[[2]int64]bool{}, map[uint64]bool{}
	for _, s := range h.log.segments {
		producers[[2]int64{s.producer, int64(s.epoch)}] = true
		if !s.commit {
			r.Aborted++
		}
	}
	for _, s := range h.log.states {
		sessions[s.session] = true
	}
	r.Producers, r.Sessions = len(producers), len(sessions)
}
