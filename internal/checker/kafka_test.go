package checker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"cdcd/internal/kafkatest"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The raw reader's verdict over transactions that real producers committed and
// aborted, two at a time, is that of a read_committed consumer and of the broker's
// list; and Kafka transactions are joined as they were.
func TestLog_RealKafka(t *testing.T) {
	for _, level := range []int{1, 2} {
		t.Run(fmt.Sprintf("transaction.version=%d", level), func(t *testing.T) {
			k := kafkatest.Start(t, kafkatest.Config{TransactionVersion: level})
			for _, topic := range []string{"it.d.a", "it.d.b"} {
				k.CreateTopic(t, topic, 2, nil)
			}
			k.CreateTopic(t, "__cdcd-state-it", 1, nil)
			s := newScript(t)
			produced := produce(t, s, k)
			l, ends := readLog(t, s, k)
			views, err := checkViews(t.Context(), l, k.Brokers(), ends)
			if err != nil {
				t.Fatal(err)
			}
			l.found.add(views...)
			l.found.add(checkAborted(l)...)
			for _, v := range l.found.list {
				t.Error(v)
			}
			compareTxns(t, l, produced)
			spoil(t, l, k, ends)
		})
	}
}

// producedTxn is a committed transaction: its keys.
type producedTxn []string

// produce has two producers write turn and turn about; every third transaction
// is aborted. At the end one is left open, and others are decided behind its
// beginning, where consumers do not get yet.
func produce(t *testing.T, s *script, k *kafkatest.Cluster) []producedTxn {
	t.Helper()
	var producers []*kgo.Client
	for i := range 2 {
		producers = append(producers, producer(t, k, fmt.Sprintf("p%d", i), kgo.NoCompression()))
	}
	producers[1].Close()
	producers[1] = producer(t, k, "p1", kgo.SnappyCompression()) // fences its predecessor
	var out []producedTxn
	ctx := t.Context()
	for n := range 24 {
		s.txn(n+1, ins("a", 2*n+1, 1), ins("b", n+1, 1), ins("a", 2*n+2, 1))
		for i, p := range producers {
			txn := write(ctx, t, s, p, n, i)
			if n%3 == 2 {
				end(ctx, t, p, kgo.TryAbort)
			} else {
				end(ctx, t, p, kgo.TryCommit)
				out = append(out, txn)
			}
		}
	}
	txn := write(ctx, t, s, producers[1], 22, 2)
	write(ctx, t, s, producers[0], 1, 3) // and no end
	end(ctx, t, producers[1], kgo.TryCommit)
	out = append(out, txn, write(ctx, t, s, producers[1], 21, 4))
	end(ctx, t, producers[1], kgo.TryCommit)
	write(ctx, t, s, producers[1], 21, 5)
	end(ctx, t, producers[1], kgo.TryAbort)
	t.Cleanup(func() {
		for _, p := range producers {
			p.Close()
		}
	})
	return out
}

func producer(t *testing.T, k *kafkatest.Cluster, id string, codec kgo.CompressionCodec) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers()...), kgo.TransactionalID(id),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cl.ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
	return cl
}

// write writes transaction n, which begins with a record in the state topic, and
// in odd turns has one partition only beside it.
func write(ctx context.Context, t *testing.T, s *script, p *kgo.Client, n, who int) producedTxn {
	t.Helper()
	if err := p.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%d/%d", who, n)
	records := []*kgo.Record{{Topic: "__cdcd-state-it", Key: []byte(name), Value: []byte(name)}}
	for i, e := range all(n + 1)(s) {
		if i > 0 && n%2 == 1 {
			break
		}
		part := s.log.parts[e.part]
		records = append(records, &kgo.Record{
			Topic: part.topic, Partition: part.number, Key: []byte(name + part.topic), Value: e.raw.value,
			Headers: []kgo.RecordHeader{{Key: "cdcd.gtid", Value: e.raw.headers[0].value}, {Key: "cdcd.seq", Value: e.raw.headers[1].value}},
		})
	}
	var txn producedTxn
	for _, r := range records {
		txn = append(txn, string(r.Key))
	}
	if err := p.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return txn
}

func end(ctx context.Context, t *testing.T, p *kgo.Client, how kgo.TransactionEndTry) {
	t.Helper()
	if err := errors.Join(p.Flush(ctx), p.EndTransaction(ctx, how)); err != nil {
		t.Fatal(err)
	}
}

func readLog(t *testing.T, s *script, k *kafkatest.Cluster) (*log, []extent) {
	t.Helper()
	l := &log{source: s.source, image: s.image}
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := l.read(t.Context(), cl, "__cdcd-state-it")
	if err != nil {
		t.Fatal(err)
	}
	decided, err := readDecisions(t.Context(), cl, l.parts)
	if err != nil {
		t.Fatal(err)
	}
	if unchecked := l.join(decided); len(unchecked) > 0 {
		t.Errorf("not joined: %v", unchecked)
	}
	return l, ends
}

// compareTxns compares the joined transactions with those that were produced: the
// keys of each.
func compareTxns(t *testing.T, l *log, want []producedTxn) {
	t.Helper()
	names := map[uint64]string{}
	for _, txn := range want {
		for _, key := range txn {
			names[l.image.hash([]byte(key))] = key
		}
	}
	joined := map[int32]producedTxn{}
	for _, p := range l.parts {
		for i := range p.records {
			txn := l.txnOf(p.records[i].segment)
			joined[txn] = append(joined[txn], names[p.records[i].key])
		}
	}
	sorted := func(txns []producedTxn) (out []string) {
		for _, txn := range txns {
			slices.Sort(txn)
			out = append(out, fmt.Sprint(txn))
		}
		slices.Sort(out)
		return out
	}
	got := sorted(slices.Collect(maps.Values(joined)))
	if diff := cmp.Diff(sorted(want), got); diff != "" {
		t.Errorf("Kafka transactions (-produced +joined):\n%s", diff)
	}
	if !slices.ContainsFunc(l.segments, func(s segment) bool { return !s.commit && s.records > 0 }) {
		t.Error("nothing was aborted")
	}
}

// spoil has the two views differ, which must be seen.
func spoil(t *testing.T, l *log, k *kafkatest.Cluster, ends []extent) {
	t.Helper()
	p := l.parts[0]
	kept := p.records
	for _, records := range [][]record{kept[1:], slices.Insert(slices.Clone(kept), 1, kept[0])} {
		p.records = records
		views, err := checkViews(t.Context(), l, k.Brokers(), ends)
		if err != nil || len(views) != 1 {
			t.Errorf("one partition differs: %v (%v)", views, err)
		}
	}
	p.records = kept
}
