package snapshot

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var errAnswer = errors.New("the server's answer has another form")

const (
	splitRounds = 20 // at most; each halves what is too large
	splitTries  = 3  // guesses for one piece
)

// piece is the rows of a table from one key to another, both of which are there.
type piece struct {
	after       Key // the last one of the piece before
	first, last Key
	rows        float64 // as the optimizer guesses
	tries       int     // guesses that did not cut it
}

// split returns at most n-1 keys, in order, that divide the rows of (after, to]
// into parts of about the same size. It reads a few rows and no more: the keys
// between two rows are halved where they are numbers, dates, bytes or text, and how
// many rows a half has is what the optimizer estimates. So sizes may differ, though of
// keys that lie evenly no part has twice its share; what does not depend on guesses is
// that the parts hold every row once.
func split(ctx context.Context, q Session, k keys, after, to Key, n int) ([]Key, error) {
	s := splitter{q: q, k: k}
	pieces, err := s.whole(ctx, after, to)
	for range splitRounds {
		if err != nil {
			break
		}
		large := tooLarge(pieces, n)
		if len(large) == 0 {
			break
		}
		pieces, err = s.cut(ctx, pieces, large)
	}
	if err != nil {
		return nil, fmt.Errorf("divide table %s: %w", k.table.ID, untold(err))
	}
	return bounds(pieces, n), nil
}

// splitter asks the server where pieces end.
type splitter struct {
	q Session
	k keys
}

// whole is all of a range; nothing when it has no rows.
func (s *splitter) whole(ctx context.Context, after, to Key) ([]piece, error) {
	ends, err := s.ends(ctx, []string{s.first(after, to), s.last(after, to)})
	if err != nil || ends[0] == nil || ends[1] == nil {
		return nil, err
	}
	pieces := []piece{{after: after, first: ends[0], last: ends[1]}}
	return pieces, s.estimate(ctx, pieces)
}

func (s *splitter) first(after, to Key) string {
	return s.k.selectKeys(after, to) + " " + s.k.orderBy() + " LIMIT 1"
}

func (s *splitter) last(after, to Key) string {
	return s.k.selectKeys(after, to) + " " + s.k.orderByDescending() + " LIMIT 1"
}

// tooLarge returns which pieces have to be cut for n parts that are about the
// same: those of more than half a part.
func tooLarge(pieces []piece, n int) (large []int) {
	most := total(pieces) / float64(2*n)
	for i := range pieces {
		if p := &pieces[i]; p.rows > max(most, 1) && p.tries < splitTries && n > 1 {
			large = append(large, i)
		}
	}
	return large
}

func total(pieces []piece) (rows float64) {
	for i := range pieces {
		rows += pieces[i].rows
	}
	return rows
}

// cut cuts pieces in two, where there is a row on both sides of a guess.
func (s *splitter) cut(ctx context.Context, pieces []piece, large []int) ([]piece, error) {
	var queries []string
	for _, i := range large {
		p := &pieces[i]
		middle := s.k.guess(p.first, p.last, p.tries)
		queries = append(queries, s.last(p.after, middle), s.first(middle, p.last))
	}
	ends, err := s.ends(ctx, queries)
	if err != nil {
		return nil, err
	}
	halves, tried := make([]piece, 0, 2*len(large)), make(map[int]bool, len(large))
	for j, i := range large {
		p, left, right := &pieces[i], ends[2*j], ends[2*j+1]
		if left == nil || right == nil {
			p.tries++
			continue
		}
		tried[i] = true
		halves = append(halves, piece{after: p.after, first: p.first, last: left}, piece{after: left, first: right, last: p.last})
	}
	if err := s.estimate(ctx, halves); err != nil {
		return nil, err
	}
	var out []piece
	for i := range pieces {
		if tried[i] {
			out, halves = append(out, halves[0], halves[1]), halves[2:]
		} else {
			out = append(out, pieces[i])
		}
	}
	return out, nil
}

// ends returns the key that each query finds, nil where there is none.
func (s *splitter) ends(ctx context.Context, queries []string) ([]Key, error) {
	for i, query := range queries {
		queries[i] = "(SELECT " + strconv.Itoa(i) + "," + strings.TrimPrefix(query, "SELECT") + ")"
	}
	rows, err := s.q.Query(ctx, strings.Join(queries, " UNION ALL "))
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(queries))
	for _, row := range rows {
		i, err := strconv.Atoi(row[0].String)
		if err != nil || i >= len(keys) || len(row) != 1+len(s.k.parts) {
			return nil, errAnswer
		}
		keys[i] = s.k.quote(row[1:])
	}
	return keys, nil
}

// estimate asks the optimizer for the number of rows of each piece. Of an index that it
// is forced to take MySQL does not look at the range, and says 1.
// Source: MySQL manual, "Range Optimization", conditions for skipping index dives.
func (s *splitter) estimate(ctx context.Context, pieces []piece) error {
	if len(pieces) == 0 {
		return nil
	}
	queries := make([]string, len(pieces))
	for i := range pieces {
		queries[i] = s.k.selectFrom(s.k.with("USE"), pieces[i].after, pieces[i].last)
	}
	rows, err := s.q.Query(ctx, "EXPLAIN FORMAT=TRADITIONAL "+strings.Join(queries, " UNION ALL "))
	if err != nil {
		return err
	}
	if len(rows) < len(pieces) {
		return errAnswer
	}
	for i := range pieces {
		if pieces[i].rows, err = estimated(rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// estimated reads the column "rows" of an EXPLAIN, which has no number where the
// optimizer knows that there are none.
func estimated(row []sql.NullString) (float64, error) {
	const withPartitions = 12 // columns, of MySQL 5.7 and later; others do not have two of them
	column := 8
	if len(row) == withPartitions {
		column++
	}
	if column >= len(row) {
		return 0, errAnswer
	}
	if !row[column].Valid {
		return 0, nil
	}
	return strconv.ParseFloat(row[column].String, 64)
}

// bounds joins pieces to at most n parts and returns where they meet.
func bounds(pieces []piece, n int) (keys []Key) {
	part, sum := total(pieces)/float64(n), 0.0
	for i := 0; i+1 < len(pieces) && len(keys) < n-1; i++ {
		sum += pieces[i].rows
		if sum+pieces[i+1].rows/2 >= part*float64(len(keys)+1) {
			keys = append(keys, slices.Clone(pieces[i].last))
		}
	}
	return keys
}

// guess returns a key between two, or the beginning of one: its first columns. As a
// bound that stands for all keys which begin with it.
func (k keys) guess(low, high Key, try int) Key {
	for i := range k.parts {
		if low[i] != high[i] || i == len(k.parts)-1 {
			return append(slices.Clone(low[:i]), k.parts[i].between(low[i], high[i], try))
		}
	}
	return low
}
