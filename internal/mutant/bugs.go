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
		{"connector/pipeline.go", "\tp.number(c, p.ids)\n", "\tp.number(c, p.ids)\n\tif c.commit != nil {\n\t\tif err := p.sink.Commit(ctx, *c.commit); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n"},
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
