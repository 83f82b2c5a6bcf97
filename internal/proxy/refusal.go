package proxy

import (
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// writing are the APIs whose refusals are counted.
var writing = []kmsg.Key{kmsg.Produce, kmsg.EndTxn}

// refusals counts the error codes of responses. The zero value has seen none.
type refusals struct {
	mu   sync.Mutex // guards seen
	seen map[refusal]int
}

type refusal struct {
	key  kmsg.Key
	code int16
}

// Refusals is how many answers of an API had one of these error codes: of Produce
// how many partitions were answered so. Only Produce and EndTxn are looked into.
// An answer counts from when it arrives at the proxy, whether its client gets it
// or has gone.
func (k *Kafka) Refusals(key kmsg.Key, codes ...int16) int {
	k.refusals.mu.Lock()
	defer k.refusals.mu.Unlock()
	n := 0
	for r, seen := range k.refusals.seen {
		if r.key == key && slices.Contains(codes, r.code) {
			n += seen
		}
	}
	return n
}

// note counts what a response refuses.
func (r *refusals) note(c call, frame []byte) error {
	if !slices.Contains(writing, c.key) {
		return nil
	}
	resp, _, err := c.decode(frame)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[refusal]int{}
	}
	for _, code := range codes(resp) {
		if code != 0 {
			r.seen[refusal{c.key, code}]++
		}
	}
	return nil
}

// codes are the error codes of a response.
func codes(resp kmsg.Response) (all []int16) {
	switch r := resp.(type) {
	case *kmsg.EndTxnResponse:
		all = append(all, r.ErrorCode)
	case *kmsg.ProduceResponse:
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				all = append(all, p.ErrorCode)
			}
		}
	}
	return all
}
