package mutant

// BehindMirror goes on from raft's copy of the position, which is a little behind.
func BehindMirror() Bug {
	return Bug{
		{"connector/takeover.go", "return c.Last.State, nil", "return known.State, nil"},
	}
}

// EarlyState reads the state before it is the owner in Kafka, while another may still write.
func EarlyState() Bug {
	return Bug{
		{"sink/txn_takeover.go", "\towner, err := t.acquire(ctx, o.Confirm)\n", "\tlast, found, err := t.lastState(ctx)\n"},
		{"sink/txn_takeover.go", "\tlast, found, err := t.lastState(ctx)\n\tif err != nil {\n\t\treturn err\n\t}\n\tclaim", "\towner, err := t.acquire(ctx, o.Confirm)\n\tif err != nil {\n\t\treturn err\n\t}\n\tclaim"},
	}
}

// NoSession goes on under a session that is not the newest.
func NoSession() Bug {
	return Bug{
		{"connector/takeover.go", "known.Session > 0 && c.Last.Session > known.Session", "known.Session < 0"},
		{"connector/takeover.go", "return c.Last.Session\n", "return 0\n"},
	}
}

// BlindEndTxn repeats an EndTxn whose outcome is not known.
func BlindEndTxn() Bug {
	return Bug{
		{"sink/classify.go", "two of two such did when it was tried\n\t\treturn Resolve", "two of two such did when it was tried\n\t\treturn Refresh"},
	}
}

// MidCommit commits while a source transaction is half written.
func MidCommit() Bug {
	return Bug{
		{"sink/txn_group.go", "if l.tail > 0 {", "if l.tail < 0 {"},
	}
}

// AheadPosition commits the position of the transaction after.
func AheadPosition() Bug {
	return Bug{
		{"connector/pipeline.go", "\tp.metrics.encoded(c)\n", "\tp.metrics.encoded(c)\n\tif c.commit != nil {\n\t\tif err := p.sink.Commit(ctx, *c.commit); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n"},
		{"connector/pipeline.go", "return p.sink.Commit(ctx, *c.commit)", "return nil"},
	}
}

// SharedState keeps the state of all connectors in one partition.
func SharedState() Bug {
	return Bug{
		{"sink/state_topic.go", `return "__cdcd-state-" + connector`, `_ = connector; return "__cdcd-state-shared"`},
	}
}

// MidReconnect reads a transaction again of which half was handed on.
func MidReconnect() Bug {
	return Bug{
		{"binlog/tailer.go", "if t.reader.open {", "if t.reader.open && t.closed {"},
	}
}

// Zombie makes itself the owner in Kafka again, whoever that is by now, when a
// batch is refused, and writes the batch again.
func Zombie() Bug {
	return Bug{
		{"sink/sender.go", "\t\tk.fail(&ResolveError{Op: \"produce\", Err: p.refused(class)})\n", `		b.renumber = true
		if k.owner == b.owner {
			k.owner = noProducer
			go rise()
		}
`},
		{"sink/txn.go", "\tk.group = t.g\n\treturn t\n}\n", `	k.group = t.g
	rise = func() {
		for k.ctx.Err() == nil {
			owner, _, err := t.initProducer(k.ctx)
			if err != nil {
				k.sleep(k.ctx, minTxnBackoff)
				continue
			}
			k.mu.Lock()
			defer k.mu.Unlock()
			k.owner = owner
			k.wakeAll()
			return
		}
	}
	return t
}

var rise func()
`},
	}
}

// Stubborn goes on with a connector that it was told to end. Without it the
// other bugs of those who were followed would have no time to show: a node ends
// its connectors as soon as it knows.
func Stubborn() Bug {
	return Bug{
		{"connector/manager.go", "\ts.cancel(why)\n", "\t_ = why\n"},
	}
}

// AnySession opens a session for a node that the connector is not placed on, as
// if there were no session step.
func AnySession() Bug {
	return Bug{
		{"offsets/apply.go", "\tif err := s.Owns(c.Node, c.Connector, c.Generation); err != nil {\n\t\treturn err\n\t}\n\tknown", "\tknown"},
	}
}
