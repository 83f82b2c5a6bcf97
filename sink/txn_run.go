package sink

import (
	"context"
	"errors"
	"time"
)

// run is the committer: it writes one Kafka transaction after the other.
func (t *Transactional) run() {
	for {
		in := t.next()
		if in == nil {
			return
		}
		if err := t.transact(in); err != nil {
			if needsTakeover(err) {
				t.end = err
			}
			t.k.fail(err)
			return
		}
		t.settle()
	}
}

// next waits until there is a transaction to be written; nil when the sink ends.
func (t *Transactional) next() *interval {
	for t.k.ctx.Err() == nil {
		in, wait := t.poll(time.Now())
		if in != nil {
			return in
		}
		t.k.pauseFor(wait, t.k.tell)
	}
	return nil
}

// poll returns the transaction, or how long to wait unless told earlier.
func (t *Transactional) poll(now time.Time) (*interval, time.Duration) {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	if d := t.g.wait(now); d > 0 {
		return nil, d
	}
	return t.g.begin(), 0
}

// pauseFor waits for d, for kick, or for the end.
func (k *Kafka) pauseFor(d time.Duration, kick <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-kick:
	case <-k.ctx.Done():
	}
}

// transact writes one transaction: partitions are let into it as they come, and
// when the interval is closed and all of it acknowledged, it is committed.
func (t *Transactional) transact(in *interval) error {
	limit := time.NewTimer(t.oversize())
	defer limit.Stop()
	for {
		over, err := t.admit(in)
		if err != nil {
			return err
		}
		if over {
			return t.commit(in)
		}
		select {
		case <-t.k.tell:
		case <-limit.C:
			if t.streams() {
				return ErrOversize
			}
		case <-t.k.ctx.Done():
			return context.Cause(t.k.ctx)
		}
	}
}

// oversize is how long a source transaction may be streamed into one of Kafka;
// where it may be divided, that is due before.
func (t *Transactional) oversize() time.Duration {
	if t.cfg.Split {
		return t.cfg.Timeout * 19 / 20
	}
	return t.cfg.Timeout * 4 / 5
}

func (t *Transactional) streams() bool {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	return t.g.streams()
}

// admit lets partitions of the interval into the Kafka transaction and has them
// sent. It reports whether everything of the interval is acknowledged.
func (t *Transactional) admit(in *interval) (over bool, err error) {
	k := t.k
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := in.parts[in.joined:]
	if len(fresh) > 0 {
		t.open = true
		k.mu.Unlock()
		err = t.level.join(k.ctx, t, fresh)
		k.mu.Lock()
		if err != nil {
			return false, err
		}
		in.joined += len(fresh)
		for _, p := range fresh {
			p.joined = in
			k.enqueue(p)
		}
		k.wakeAll()
	}
	t.g.rest()
	over = len(k.reached) > 0
	k.reached = k.reached[:0]
	return over, nil
}

// commit ends the transaction and tells its state.
func (t *Transactional) commit(in *interval) error {
	ctx, cancel := t.lasting()
	defer cancel()
	owner, err := t.level.end(ctx, t, t.k.owner, true)
	if err != nil {
		return err
	}
	t.open = false
	t.k.cfg.OnCommit(*in.state)
	k := t.k
	k.mu.Lock()
	defer k.mu.Unlock()
	k.owner = owner
	k.releaseLocked(intervalCost)
	t.g.finish(in, time.Now())
	return nil
}

// lasting is a context that outlives the sink's by a moment: a commit that was
// sent is better waited for than doubted.
func (t *Transactional) lasting() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.k.ctx), t.cfg.Timeout)
	stop := context.AfterFunc(t.k.ctx, func() {
		timer := time.AfterFunc(closeTime/2, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// backoffs between tries: quick for what ends within milliseconds.
const (
	minTxnBackoff = 5 * time.Millisecond
	maxTxnBackoff = 100 * time.Millisecond
)

// insist calls f until it succeeds, its error is one that trying again cannot
// mend, or time is up. f reports whether Kafka may have seen the request.
func (t *Transactional) insist(ctx context.Context, op string, step Step, f func(context.Context) (sent bool, err error)) error {
	deadline := time.Now().Add(t.cfg.Timeout)
	wait := minTxnBackoff
	var last error // that was not the end of ctx: it says why there was no success until then
	for n := 1; ; n++ {
		sent, err := f(ctx)
		if err == nil {
			t.recovered(n)
			return nil
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		class := t.judge(step, sent, n, err)
		t.tell(op, class, err)
		switch {
		case class == Done:
			return nil
		case ctx.Err() != nil && !step.ends():
			return context.Cause(ctx)
		case class == Fatal:
			return &TxnError{Op: op, ID: t.id, Err: err}
		case class == Resolve, step.ends() && ctx.Err() != nil, time.Now().After(deadline):
			return &ResolveError{Op: op, Err: last}
		case class == Refresh:
			t.coords.forget()
		}
		t.k.sleep(ctx, wait)
		wait = min(2*wait, maxTxnBackoff)
	}
}

// judge is Classify, for a request that Kafka may not have seen: what was not
// sent cannot have done anything.
func (t *Transactional) judge(step Step, sent bool, n int, err error) Class {
	if step.ends() && !sent {
		step = Coordinate
	}
	class := Classify(step, err)
	if class == Once {
		class = Refresh
		if n > 1 {
			class = Fatal
		}
	}
	if step.ends() && class == Fatal && errors.Is(err, context.Canceled) {
		return Resolve
	}
	return class
}

// recovered notes that the n-th try succeeded.
func (t *Transactional) recovered(n int) {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	if n > 1 && !t.k.trouble.IsZero() {
		t.k.cfg.Events.Connected()
		t.k.recovered()
	}
}

// tell tells a failure, unless it is one of every busy stream.
func (t *Transactional) tell(op string, class Class, err error) {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	if class != Retry {
		t.k.failed(Failure{Op: op, Broker: anyBroker, Partition: -1, Class: class, Err: err})
	}
}
