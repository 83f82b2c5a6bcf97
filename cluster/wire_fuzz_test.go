package cluster

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func FuzzReadPreamble(f *testing.F) {
	for _, p := range []preamble{
		{forRaft, "test", "n1", "n2"},
		{forCalls, "", "", ""},
		{forCalls, strings.Repeat("c", maxName), "ñ", "n2"},
	} {
		text, err := p.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(text, "what follows"...))
		f.Add(text[:len(text)-1])
	}
	f.Add([]byte("cdcd\x02R"))
	f.Add([]byte("cdcd\x01X"))
	f.Add([]byte("cdcd\x01R\x01\xff\x00\x00"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := bytes.NewReader(text)
		p, err := readPreamble(r)
		read := text[:len(text)-r.Len()]
		if most := len(preambleMagic) + 2 + 3*(1+maxName); len(read) > most {
			t.Fatalf("%d bytes were read", len(read))
		}
		if err != nil {
			return
		}
		if again, err := p.encode(); err != nil || !bytes.Equal(again, read) {
			t.Fatalf("%v is %q, and was %q: %v", p, again, read, err)
		}
	})
}

func FuzzReadReply(f *testing.F) {
	for a := range answer(6) {
		f.Add(append(reply{a, "test", "n1"}.encode(), "what follows"...))
	}
	f.Add([]byte{byte(otherNode), 4, 't'})
	f.Fuzz(func(t *testing.T, text []byte) {
		r := bytes.NewReader(text)
		got, err := readReply(r)
		read := text[:len(text)-r.Len()]
		if most := 1 + 2*(1+maxName); len(read) > most {
			t.Fatalf("%d bytes were read", len(read))
		}
		if err != nil {
			return
		}
		if again := got.encode(); !bytes.Equal(again, read) {
			t.Fatalf("%v is %q, and was %q", got, again, read)
		}
		refusal := got.refusal(preamble{forRaft, "test", "n1", "n2"}, "127.0.0.1:1")
		if (refusal == nil) != (got.answer == welcome) || errors.Is(refusal, ErrOtherNode) != (got.answer == otherNode) {
			t.Fatalf("answer %v means %v", got.answer, refusal)
		}
	})
}
