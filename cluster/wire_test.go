package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// addressBook is where the nodes of a test are.
type addressBook struct{ nodes sync.Map }

func (b *addressBook) address(node string) (string, error) {
	if a, ok := b.nodes.Load(node); ok {
		return a.(string), nil
	}
	return "", fmt.Errorf("no address of node %s", node)
}

// wireOf is the configuration of a node's wire on this machine.
func wireOf(b *addressBook, node string, files TLS) wireConfig {
	return wireConfig{Listen: "127.0.0.1:0", Cluster: "test", Node: node, TLS: files, Address: b.address, LeftOut: func(string) (bool, error) { return false, nil }, Logger: zap.NewNop()}
}

// wired is an open wire, which is in the address book unless its node already
// is, and is closed with the test.
func wired(t testing.TB, b *addressBook, cfg wireConfig) *wire {
	t.Helper()
	w, err := openWire(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closedWire(t, w) })
	b.nodes.LoadOrStore(cfg.Node, w.Addr().String())
	return w
}

func closedWire(t testing.TB, w *wire) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// twoWires are nodes n1 and n2, in the clear if there are no files.
func twoWires(t testing.TB, files map[string]TLS) (n1, n2 *wire) {
	t.Helper()
	var b addressBook
	return wired(t, &b, wireOf(&b, "n1", files["n1"])), wired(t, &b, wireOf(&b, "n2", files["n2"]))
}

// connected are the two ends of a connection.
func connected(t testing.TB, from, to *wire, p purpose) (dialled, accepted net.Conn) {
	t.Helper()
	dialled, err := from.dial(soon(t), to.cfg.Node, p)
	if err != nil {
		t.Fatal(err)
	}
	if accepted, err = to.listener(p).Accept(); err != nil {
		t.Fatal(err)
	}
	return dialled, accepted
}

// talk sends a word both ways.
func talk(t testing.TB, a, b net.Conn) {
	t.Helper()
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		if _, err := io.WriteString(way[0], "word"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 4)
		if _, err := io.ReadFull(way[1], got); err != nil || string(got) != "word" {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// ends waits until the other side ends a connection, and returns what it sent.
func ends(t testing.TB, c net.Conn) []byte {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(enough))
	got, err := io.ReadAll(c)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Fatalf("the connection did not end: %v", err)
	}
	return got
}

// rawConn is a connection of something that is no node.
func rawConn(t testing.TB, w *wire, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// refused dials in vain.
func refused(t testing.TB, w *wire, node string, why error, words ...string) {
	t.Helper()
	c, err := w.dial(soon(t), node, forRaft)
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, why) {
		t.Fatalf("dial: %v, want %v", err, why)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// waysToTalk are the files of nodes n1 and n2, none for in the clear.
func waysToTalk(t *testing.T) map[string]map[string]TLS {
	t.Helper()
	return map[string]map[string]TLS{"clear": nil, "TLS": certificates(t, "n1", "n2")}
}

func TestWire_EachPurposeHasItsListener(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, n2 := twoWires(t, files)
			for _, p := range []purpose{forRaft, forCalls} {
				for _, from := range []*wire{n1, n2} { // a node may dial itself
					dialled, accepted := connected(t, from, n2, p)
					talk(t, dialled, accepted)
					dialled.Close()
					ends(t, accepted)
				}
			}
		})
	}
}

func TestWire_WhoAcceptsMaySpeakFirst(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, n2 := twoWires(t, files)
			dialled, accepted := connected(t, n1, n2, forCalls)
			talk(t, accepted, dialled)
		})
	}
}

func TestWire_OtherClusterRefused(t *testing.T) {
	var b addressBook
	n1 := wired(t, &b, wireOf(&b, "n1", TLS{}))
	cfg := wireOf(&b, "n2", TLS{})
	cfg.Cluster = "prod"
	n2 := wired(t, &b, cfg)
	refused(t, n1, "n2", ErrOtherCluster, n2.Addr().String()+" is node n2 of cluster prod, not n2 of cluster test")
}

func TestWire_OtherNodeRefused(t *testing.T) {
	var b addressBook
	n1 := wired(t, &b, wireOf(&b, "n1", TLS{}))
	n2 := wired(t, &b, wireOf(&b, "n2", TLS{}))
	b.nodes.Store("n3", n2.Addr().String())
	refused(t, n1, "n3", ErrOtherNode, n2.Addr().String()+" is node n2 of cluster test, not n3 of cluster test")
	b.nodes.Store("n3", wired(t, &b, wireOf(&b, "n3", TLS{})).Addr().String())
	connected(t, n1, n2, forRaft) // a node that moved is found again
}

func TestWire_InTheClearOnThisMachineOnly(t *testing.T) {
	var b addressBook
	cfg := wireOf(&b, "n1", TLS{})
	cfg.Listen = "0.0.0.0:0"
	if w, err := openWire(t.Context(), cfg); !errors.Is(err, ErrInsecure) || !strings.Contains(err.Error(), "cluster.tls") {
		t.Errorf("openWire = %v, %v", w, err)
	}
	b.nodes.Store("far", "192.0.2.1:7083")
	refused(t, wired(t, &b, wireOf(&b, "n2", TLS{})), "far", ErrInsecure, "192.0.2.1:7083", "cluster.insecure")

	cfg.Insecure = true
	wired(t, &b, cfg)
}

func TestWire_LongNamesRefused(t *testing.T) {
	var b addressBook
	long := strings.Repeat("n", maxName+1)
	if _, err := openWire(t.Context(), wireOf(&b, long, TLS{})); err == nil {
		t.Error("a node's name that does not fit was taken")
	}
	w := wired(t, &b, wireOf(&b, long[1:], TLS{}))
	connected(t, w, w, forRaft)
	b.nodes.Store(long, w.Addr().String())
	if _, err := w.dial(soon(t), long, forRaft); err == nil {
		t.Error("a name that does not fit was dialled")
	}
}

func TestWire_UnknownVersionAnswered(t *testing.T) {
	_, n2 := twoWires(t, nil)
	for _, text := range []string{"cdcd\x02R and what only version 2 knows", "cdcd\x01X\x04test"} {
		if got := ends(t, rawConn(t, n2, text)); len(got) != 1 || answer(got[0]) != notKnown {
			t.Errorf("%q is answered %q", text, got)
		}
	}
}

func TestWire_GarbageIsNotAnswered(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, n2 := twoWires(t, files)
			for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "cdcd\x01R\x02\xff\xff", strings.Repeat("cdc", 1<<16)} {
				c := rawConn(t, n2, "")
				go func() { _, _ = io.WriteString(c, text) }()
				if got := ends(t, c); len(got) > 0 && files == nil {
					t.Errorf("%.20q is answered %q", text, got)
				}
			}
			connected(t, n1, n2, forRaft)
		})
	}
}

func TestWire_SilentClientHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n1, n2 := twoWires(t, files)
			silent, slow := rawConn(t, n2, ""), rawConn(t, n2, "cdcd\x01R\x04te")
			dialled, accepted := connected(t, n1, n2, forCalls)
			talk(t, dialled, accepted)
			ends(t, silent)
			ends(t, slow)
			talk(t, dialled, accepted) // the limit was the preamble's
		})
	}
}

func TestWire_ManySilentClients(t *testing.T) {
	n1, n2 := twoWires(t, nil)
	var silent []net.Conn
	for range maxPreambles {
		silent = append(silent, rawConn(t, n2, ""))
	}
	ends(t, rawConn(t, n2, ""))
	for _, c := range silent {
		c.Close()
	}
	eventually(t, "a node gets through", func() bool {
		c, err := n1.dial(soon(t), "n2", forRaft)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func TestWire_DialEndsWithContext(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, _ := twoWires(t, files)
			mute, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer mute.Close()
			n1.cfg.Address = func(string) (string, error) { return mute.Addr().String(), nil }
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := n1.dial(ctx, "n2", forRaft); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("dial: %v", err)
			}
			if _, err := newRaftStream(n1).Dial("n2", 20*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Dial of raft: %v", err)
			}
			dialling := make(chan error)
			go func() {
				_, err := n1.dial(t.Context(), "n2", forRaft)
				dialling <- err
			}()
			eventually(t, "the dial waits for an answer", func() bool { return tracked(n1) == 1 })
			closedWire(t, n1)
			if err := <-dialling; !errors.Is(err, net.ErrClosed) {
				t.Errorf("dial while the wire is closed: %v", err)
			}
		})
	}
}

// known is how many connections a wire knows.
func tracked(w *wire) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns)
}

func TestWire_ClosedConnectionsAreForgotten(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			var b addressBook
			n1, n2 := wired(t, &b, wireOf(&b, "n1", files["n1"])), wired(t, &b, wireOf(&b, "n2", files["n2"]))
			for range 3 {
				dialled, accepted := connected(t, n1, n2, forRaft)
				for _, c := range []net.Conn{dialled, dialled, accepted, accepted} {
					if err := c.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
			}
			b.nodes.Store("n3", n2.Addr().String())
			if _, err := n1.dial(soon(t), "n3", forRaft); err == nil {
				t.Error("another node was reached")
			}
			eventually(t, "all are forgotten", func() bool { return tracked(n1)+tracked(n2) == 0 })
		})
	}
}

func TestWire_FewWaitToBeAccepted(t *testing.T) {
	n1, n2 := twoWires(t, nil)
	var waiting []net.Conn
	for range maxQueue {
		c, err := n1.dial(soon(t), "n2", forCalls)
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, c)
	}
	eventually(t, "the last is in the queue", n2.listeners[forCalls].full)
	if _, err := n1.dial(soon(t), "n2", forCalls); !errors.Is(err, io.EOF) {
		t.Errorf("dial: %v", err)
	}
	connected(t, n1, n2, forRaft)
	n2.listener(forCalls).Close()
	for _, c := range waiting {
		ends(t, c)
	}
}

func TestWire_CloseEndsEverything(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, n2 := twoWires(t, files)
			toN2, fromN1 := connected(t, n1, n2, forRaft)
			toN1, fromN2 := connected(t, n2, n1, forCalls)
			waiting, err := n1.dial(soon(t), "n2", forRaft)
			if err != nil {
				t.Fatal(err)
			}
			silent := rawConn(t, n2, "")
			for range 2 {
				if err := n2.Close(); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range []net.Conn{toN2, fromN2, waiting, silent} {
				ends(t, c)
			}
			for _, c := range []net.Conn{fromN1, toN1} {
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Read: %v", err)
				}
			}
			for _, p := range []purpose{forRaft, forCalls} {
				if _, err := n2.listener(p).Accept(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Accept for %s: %v", p, err)
				}
			}
			refused(t, n2, "n1", net.ErrClosed)
			if tracked(n2) != 0 {
				t.Error("connections are known after Close")
			}
		})
	}
}

func TestWire_RefusalsDoNotFloodTheLog(t *testing.T) {
	var b addressBook
	core, logs := observer.New(zap.WarnLevel)
	cfg := wireOf(&b, "n2", TLS{})
	cfg.Logger = zap.New(core)
	wired(t, &b, cfg)
	n1 := wireOf(&b, "n1", TLS{})
	n1.Cluster = "prod"
	w := wired(t, &b, n1)
	const dials = 100
	for range dials {
		refused(t, w, "n2", ErrOtherCluster)
	}
	b.nodes.Store("n3", w.address("n2"))
	w.cfg.Cluster = "test"
	refused(t, w, "n3", ErrOtherNode)
	eventually(t, "both reasons are logged", func() bool {
		return logs.FilterMessageSnippet("another cluster").Len() > 0 && logs.FilterMessageSnippet("another node").Len() > 0
	})
	if logs.Len() > dials/2 {
		t.Errorf("%d refusals are logged", logs.Len())
	}
	if got := logs.All()[0].ContextMap(); got["cluster"] != "prod" || got["from"] != "n1" || got["remote"] == nil {
		t.Errorf("logged is %v", got)
	}
}

// transportOver is raft's side of a wire, closed with the test.
func transportOver(t *testing.T, w *wire) transport {
	t.Helper()
	tr := newTransport(newRaftStream(w), enough, newHCLog(zap.NewNop()))
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func TestWire_RaftGoesOverIt(t *testing.T) {
	for name, files := range waysToTalk(t) {
		t.Run(name, func(t *testing.T) {
			n1, n2 := twoWires(t, files)
			from, to := transportOver(t, n1), transportOver(t, n2)
			answered := make(chan struct{})
			go func() {
				defer close(answered)
				rpc := <-to.Consumer()
				rpc.Respond(&raft.RequestVoteResponse{Term: rpc.Command.(*raft.RequestVoteRequest).Term}, nil)
			}()
			var got raft.RequestVoteResponse
			if err := from.RequestVote("n2", "", &raft.RequestVoteRequest{Term: 7}, &got); err != nil || got.Term != 7 {
				t.Fatalf("RequestVote: %v, %v", got, err)
			}
			<-answered
			if got := to.LocalAddr(); string(got) != n2.Addr().String() {
				t.Errorf("LocalAddr() = %s", got)
			}
		})
	}
}

func TestWire_RaftEndsAlone(t *testing.T) {
	n1, n2 := twoWires(t, nil)
	calls, accepted := connected(t, n1, n2, forCalls)
	dialled, _ := connected(t, n1, n2, forRaft)
	if err := newRaftStream(n2).Close(); err != nil {
		t.Fatal(err)
	}
	ends(t, dialled)
	if _, err := newRaftStream(n2).Dial("n1", enough); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial: %v", err)
	}
	if _, err := n1.dial(soon(t), "n2", forRaft); !errors.Is(err, io.EOF) {
		t.Errorf("dial: %v", err)
	}
	talk(t, calls, accepted)
	connected(t, n1, n2, forCalls)
}
