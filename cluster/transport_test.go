package cluster

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// listening is a transport whose node votes for whoever asks.
func listening(t *testing.T, address string) *raft.NetworkTransport {
	t.Helper()
	n, err := raft.NewTCPTransport(address, nil, maxPool, time.Second, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			select {
			case rpc := <-n.Consumer():
				respond(rpc)
			case <-t.Context().Done():
				return
			}
		}
	}()
	return n
}

func respond(rpc raft.RPC) {
	if _, ok := rpc.Command.(*raft.AppendEntriesRequest); ok {
		rpc.Respond(&raft.AppendEntriesResponse{Success: true}, nil)
		return
	}
	rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
}

// TestTransport_VotesAfterARestart: the connections that are kept are those of the
// process before.
func TestTransport_VotesAfterARestart(t *testing.T) {
	own := transport{listening(t, "127.0.0.1:0")}
	defer own.Close()
	other := listening(t, "127.0.0.1:0")
	at := other.LocalAddr()
	vote := func() (granted bool, err error) {
		var resp raft.RequestVoteResponse
		err = own.RequestVote("n2", at, &raft.RequestVoteRequest{}, &resp)
		return resp.Granted, err
	}
	if granted, err := vote(); err != nil || !granted {
		t.Fatalf("%v, %v", granted, err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	other.CloseStreams()
	other = listening(t, string(at))
	defer other.Close()
	if granted, err := vote(); err != nil || !granted {
		t.Errorf("after a restart: %v, %v", granted, err)
	}
}

func TestFresh(t *testing.T) {
	calls := 0
	fails := func(err error) func() error { return func() error { calls++; return err } }
	if err := fresh(fails(io.EOF)); !errors.Is(err, io.EOF) || calls != maxPool+1 {
		t.Errorf("%d calls: %v", calls, err)
	}
	calls = 0
	if err := fresh(fails(errClosedGate)); !errors.Is(err, errClosedGate) || calls != 1 {
		t.Errorf("%d calls: %v", calls, err)
	}
}

// TestTransport_PipelineNeverWaits: raft sends on after it has stopped to take the
// answers.
func TestTransport_PipelineNeverWaits(t *testing.T) {
	own := transport{listening(t, "127.0.0.1:0")}
	defer own.Close()
	other := listening(t, "127.0.0.1:0")
	defer other.Close()
	p, err := own.AppendEntriesPipeline("n2", other.LocalAddr())
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 20 && err == nil; i++ {
			_, err = p.AppendEntries(&raft.AppendEntriesRequest{}, &raft.AppendEntriesResponse{})
		}
		sent <- err
	}()
	select {
	case err := <-sent:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(enough):
		t.Error("a request waits for ever")
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
