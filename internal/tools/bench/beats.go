package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// createBeats is a table of rows that know when they were due.
const createBeats = `CREATE TABLE bench.beats (
	id BIGINT NOT NULL PRIMARY KEY,
	due BIGINT NOT NULL,
	note VARCHAR(120) NOT NULL
)`

// beat is one transaction. Each time is written by one goroutine.
type beat struct{ due, returned, seen time.Time }

// beats are transactions that are due at fixed times, of which the first ones do
// not count.
type beats struct {
	all   []beat
	warm  int
	began time.Time
}

func newBeats(warm, counted int) *beats { return &beats{all: make([]beat, warm+counted), warm: warm} }

// generators is how many connections share the beats, so that one that waits for
// the server does not hold up the next.
const generators = 16

type dsn interface{ DSN() string }

// generate starts the generators.
func (n *beats) generate(ctx context.Context, g *errgroup.Group, server dsn) {
	for first := range generators {
		g.Go(func() error { return n.insert(ctx, server, first) })
	}
}

// insert sends every so many-th beat when it is due, or as soon as the one before
// of this connection is over.
func (n *beats) insert(ctx context.Context, server dsn, first int) (err error) {
	db, err := sql.Open("mysql", server.DSN())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	statement, err := db.PrepareContext(ctx, "INSERT INTO bench.beats VALUES (?, ?, 'a change that somebody is waiting for')")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	for i := first; i < len(n.all); i += generators {
		one := &n.all[i]
		one.due = n.began.Add(time.Duration(i) * time.Second / beatsPerSecond)
		select {
		case <-time.After(time.Until(one.due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, err := statement.ExecContext(ctx, i, one.due.UnixNano()); err != nil {
			return err
		}
		one.returned = time.Now()
	}
	return nil
}

// newReader reads what is committed, as soon as it is.
func newReader(brokers []string, topic string) (*kgo.Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(20*time.Millisecond), kgo.FetchMinBytes(1),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
}

// read notes when each beat is visible, and complains when one comes twice or
// says of itself what it is not.
func (n *beats) read(ctx context.Context, r *kgo.Client) error {
	for left := len(n.all); left > 0; {
		fetches := r.PollFetches(ctx)
		now := time.Now()
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%d of %d not seen: %w", left, len(n.all), err)
		}
		for _, record := range fetches.Records() {
			if err := n.saw(record.Value, now); err != nil {
				return err
			}
			left--
		}
	}
	return nil
}

func (n *beats) saw(value []byte, now time.Time) error {
	var change struct{ After struct{ ID, Due int64 } }
	if err := json.Unmarshal(value, &change); err != nil {
		return err
	}
	row := change.After
	if row.ID < 0 || row.ID >= int64(len(n.all)) || !n.all[row.ID].seen.IsZero() {
		return fmt.Errorf("transaction %d came twice, or is none of ours", row.ID)
	}
	n.all[row.ID].seen = now
	return nil
}
