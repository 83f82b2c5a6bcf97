package checker

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// transactionLog is where coordinators keep what they decide.
const transactionLog = "__transaction_state"

// States of a transaction in the coordinator's log at which it is decided. Its
// partitions stand there for the last time.
const (
	prepareCommit kmsg.TransactionState = 2
	prepareAbort  kmsg.TransactionState = 3
)

// readDecisions reads the coordinators' logs, in which each producer is in one
// partition. Where there is none there is nothing to be had.
func readDecisions(ctx context.Context, cl *kgo.Client, parts []*partition) ([]decision, error) {
	index := map[string]map[int32]int32{}
	for i, p := range parts {
		if index[p.topic] == nil {
			index[p.topic] = map[int32]int32{}
		}
		index[p.topic][p.number] = int32(i)
	}
	found, err := extents(ctx, cl, transactionLog)
	if err != nil {
		return nil, err
	}
	var out []decision
	for _, e := range found {
		r := &rawReader{client: cl, unpack: kgo.DefaultDecompressor(), extent: e}
		err := r.read(ctx, func(b batch) error {
			for i := range b.records {
				d, ok, err := parseDecision(&b.records[i], index)
				if err != nil {
					return fmt.Errorf("%s-%d at %d: %w", e.topic, e.number, b.records[i].offset, err)
				}
				if ok {
					out = append(out, d)
				}
			}
			return nil
		}, func(abortedTxn) {})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// parseDecision reads a record of the log; it is not ok where nothing is decided
// that concerns the partitions of the index.
func parseDecision(r *rawRecord, index map[string]map[int32]int32) (d decision, ok bool, err error) {
	if r.value == nil || len(r.key) < 2 || r.key[0] != 0 || r.key[1] != 0 {
		return d, false, nil
	}
	var v kmsg.TxnMetadataValue
	if err := v.ReadFrom(r.value); err != nil {
		return d, false, fmt.Errorf("value of a transaction: %w", err)
	}
	if v.State != prepareCommit && v.State != prepareAbort {
		return d, false, nil
	}
	d = decision{producer: v.ProducerID, commit: v.State == prepareCommit}
	for _, t := range v.Topics {
		for _, number := range t.Partitions {
			if part, ok := index[t.Topic][number]; ok {
				d.parts = append(d.parts, part)
			}
		}
	}
	return d, len(d.parts) > 0, nil
}
