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
				rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
			case <-t.Context().Done():
				return
			}
		}
	}()
	return n
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

// TestTransport_SendsOneRequestAtATime: the way of raft 1.7.3 to send more waits for
// ever at times. What it does to a cluster, the tests of package clustertest meet
// once in a few runs.
func TestTransport_SendsOneRequestAtATime(t *testing.T) {
	n1, _ := twoWires(t, nil)
	if _, err := transportOver(t, n1).AppendEntriesPipeline("n2", ""); !errors.Is(err, raft.ErrPipelineReplicationNotSupported) {
		t.Errorf("AppendEntriesPipeline: %v", err)
	}
}
