package cluster

import (
	"errors"

	"cdcd/offsets"
)

// problem is an error on its way to another node.
type problem struct {
	Code    string             `json:"code,omitempty"`
	Text    string             `json:"text"`
	Refused map[string]problem `json:"refused,omitempty"` // of an offsets.PartialError
}

// codes are the errors that the caller tells apart, by what they are called on
// the wire.
func codes() map[string]error {
	return map[string]error{
		"stale session": offsets.ErrStaleSession, "stale generation": offsets.ErrStaleGeneration,
		"not placed": offsets.ErrNotPlaced, "placed before": offsets.ErrPlacedBefore,
		"unknown connector": offsets.ErrUnknownConnector, "no session": offsets.ErrNoSession,
		"stale offset": offsets.ErrStaleOffset, "table order": offsets.ErrTableOrder,
		"unknown definition": offsets.ErrUnknownDefinition,
		"invalid":            offsets.ErrInvalid, "corrupt": offsets.ErrCorrupt,
		"unknown command": offsets.ErrUnknownCommand, "unknown version": offsets.ErrUnknownVersion,
		"not leader": ErrNotLeader, "outcome unknown": ErrOutcomeUnknown, "twin": ErrTwin,
		"quorum": ErrQuorum, "unknown node": ErrUnknownNode,
		"not streaming": ErrNotStreaming, "busy": ErrBusy,
	}
}

// problemOf is err to be sent.
func problemOf(err error) *problem {
	if err == nil {
		return nil
	}
	p := &problem{Text: err.Error()}
	if partial, ok := errors.AsType[*offsets.PartialError](err); ok {
		p.Refused = map[string]problem{}
		for name, err := range partial.Refused {
			p.Refused[name] = *problemOf(err)
		}
		return p
	}
	for code, known := range codes() {
		if errors.Is(err, known) {
			p.Code = code
		}
	}
	return p
}

// err is the error that was sent.
func (p *problem) err() error {
	if p == nil {
		return nil
	}
	if p.Refused != nil {
		partial := &offsets.PartialError{Refused: map[string]error{}}
		for name, one := range p.Refused {
			partial.Refused[name] = one.err()
		}
		return partial
	}
	return &remoteError{text: p.Text, is: codes()[p.Code]}
}

// remoteError is an error of another node, whose text has it all.
type remoteError struct {
	text string
	is   error // nil for one without a code
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }
