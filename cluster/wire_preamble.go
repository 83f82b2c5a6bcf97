package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A connection begins with the dialler's words (4 bytes "cdcd", 1 byte version,
// 1 byte purpose, then cluster, from and to, each after 1 byte of length) and the
// acceptor's answer (1 byte, which another cluster or node follows by its own two
// names, written the same way).
const (
	preambleMagic   = "cdcd"
	preambleVersion = 1
	maxName         = 255 // bytes of a cluster's or node's name
)

// How a preamble can be bad. What is unknown, and nothing else, is answered.
var (
	errGarbage = errors.New("what came is no preamble of cdcd")
	errUnknown = errors.New("the version or the purpose is not known")
)

// preamble is what the dialler of a connection says of itself and of whom it
// wants.
type preamble struct {
	purpose purpose
	cluster string // that both belong to
	from    string // id of the node that dials
	to      string // id of the node that is wanted
}

// encode is the preamble in bytes.
func (p preamble) encode() ([]byte, error) {
	b := append([]byte(preambleMagic), preambleVersion, byte(p.purpose))
	for _, name := range []string{p.cluster, p.from, p.to} {
		if err := checkName(name); err != nil {
			return nil, err
		}
		b = appendName(b, name)
	}
	return b, nil
}

// readPreamble reads a preamble, and nothing of what follows it. An error is
// errGarbage, errUnknown or the reader's.
func readPreamble(r io.Reader) (preamble, error) {
	var head [len(preambleMagic) + 2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return preamble{}, err
	}
	rest, ok := bytes.CutPrefix(head[:], []byte(preambleMagic))
	if !ok {
		return preamble{}, errGarbage
	}
	p := preamble{purpose: purpose(rest[1])}
	if rest[0] != preambleVersion || !p.purpose.known() {
		return preamble{}, fmt.Errorf("%w: version %d, purpose %d", errUnknown, rest[0], rest[1])
	}
	for _, name := range []*string{&p.cluster, &p.from, &p.to} {
		var err error
		if *name, err = readName(r); err != nil {
			return preamble{}, err
		}
	}
	return p, nil
}

// answer is the acceptor's verdict on a preamble.
type answer byte

// The answers, whose numbers are part of the protocol.
const (
	welcome answer = iota
	otherCluster
	otherNode
	notKnown
	otherCertificate
	leftOut
	unjudged // is not sent
)

// String says why a connection is refused.
func (a answer) String() string {
	switch a {
	case welcome:
		return "welcome"
	case otherCluster:
		return "it is for another cluster"
	case otherNode:
		return "it is for another node"
	case notKnown:
		return errUnknown.Error()
	case otherCertificate:
		return "the certificate is another node's"
	case leftOut:
		return "the cluster was recovered without it"
	case unjudged:
		return "not known"
	}
	return fmt.Sprintf("answer %d", byte(a))
}

// named tells whether the acceptor's names follow.
func (a answer) named() bool { return a == otherCluster || a == otherNode }

// reply is an answer and who gives it.
type reply struct {
	answer        answer
	cluster, node string // of the acceptor, where the answer is named
}

// encode is the reply in bytes. The names are known to be short enough.
func (r reply) encode() []byte {
	b := []byte{byte(r.answer)}
	if r.answer.named() {
		b = appendName(appendName(b, r.cluster), r.node)
	}
	return b
}

// readReply reads a reply, and nothing of what follows it.
func readReply(r io.Reader) (reply, error) {
	var head [1]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return reply{}, err
	}
	a := reply{answer: answer(head[0])}
	if !a.answer.named() {
		return a, nil
	}
	var err error
	if a.cluster, err = readName(r); err != nil {
		return reply{}, err
	}
	a.node, err = readName(r)
	return a, err
}

// refusal is what the reply means to the dialler who sent p to address; nil if
// it is welcome.
func (r reply) refusal(p preamble, address string) error {
	switch r.answer {
	case welcome:
		return nil
	case otherCluster, otherNode:
		why := ErrOtherNode
		if r.answer == otherCluster {
			why = ErrOtherCluster
		}
		return fmt.Errorf("%w: %s is node %s of cluster %s, not %s of cluster %s", why, address, r.node, r.cluster, p.to, p.cluster)
	case notKnown:
		return fmt.Errorf("%s does not know version %d of the protocol or the purpose %s", address, preambleVersion, p.purpose)
	case otherCertificate:
		return fmt.Errorf("%w: %s says that this node's is not for node %s", ErrCertificate, address, p.from)
	case leftOut:
		return fmt.Errorf("%w: %s says so to node %s", ErrLeftOut, address, p.from)
	case unjudged:
	}
	return fmt.Errorf("%s gave the unknown answer %d: %s", address, byte(r.answer), tlsHint)
}

func checkName(name string) error {
	if len(name) > maxName || !utf8.ValidString(name) {
		return fmt.Errorf("the name %q is longer than %d bytes or no UTF-8", name, maxName)
	}
	return nil
}

func appendName(b []byte, name string) []byte {
	return append(append(b, byte(len(name))), name...)
}

func readName(r io.Reader) (string, error) {
	var size [1]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return "", err
	}
	name := make([]byte, size[0])
	if _, err := io.ReadFull(r, name); err != nil {
		return "", err
	}
	if !utf8.Valid(name) {
		return "", errGarbage
	}
	return string(name), nil
}
