package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cdcd/connector/signal"
	"cdcd/event"
	"cdcd/internal/mysqltest"
)

// steps runs the connector, and does one thing after the other when the one before
// has come to what is waited for.
type step struct {
	do    func()
	until func() bool
}

func (g *growing) steps(steps ...step) {
	g.t.Helper()
	at := 0
	var doing sync.WaitGroup
	g.live.start(g.t, g.cfg, "", func() bool {
		for at < len(steps) && steps[at].until() {
			if at++; at < len(steps) {
				doing.Go(steps[at].do)
			}
		}
		return at == len(steps)
	}, func() { doing.Go(steps[0].do) })
	if at == len(steps) {
		doing.Wait()
	} else {
		g.t.Fatalf("step %d does not come to its end; log %v; state %+v", at, g.live.logs.All(), g.live.state().Signals)
	}
}

// wrote tells that the records have a text so many times.
func (g *growing) wrote(text string, times int) func() bool {
	return func() bool { return strings.Count(g.live.out.String(), text) >= times }
}

func (g *growing) logged(text string, times int) func() bool {
	return func() bool { return g.live.logs.FilterMessageSnippet(text).Len() >= times }
}

// queue tells that so many tables wait.
func (g *growing) queue(n int) func() bool {
	return func() bool { s := g.live.state().Signals; return s != nil && len(s.Tables) == n }
}

func both(a, b func() bool) func() bool { return func() bool { return a() && b() } }

// What a signal asks for is done, what it asks in vain is said, and the connector goes
// on.
func TestSignals_Actions(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	g := newGrowing(t, server, "PRIMARY KEY (id), KEY (name)", 1000)
	g.exec("CREATE TABLE grow.keyless (id INT NOT NULL, v INT)", "INSERT INTO grow.keyless VALUES (1,1),(2,1),(2,2),(3,1)",
		"CREATE TABLE grow.empty (id INT PRIMARY KEY, v INT)")
	g.cfg = liveConfig(t, server, `grow\.(t|keyless|empty)`,
		"snapshot.mode", "no_data", "signal.data.collection", "grow.signals", "incremental.snapshot.chunk.size", "100")
	send := func(id, kind, data string) func() { return func() { g.signal(id, kind, data) } }
	read := `"op":"r"`
	g.steps(
		step{
			send("filter", "execute-snapshot", `{"data-collections": ["GROW.T"], "additional-conditions": [{"data-collection": "grow.t", "filter": "id < 150 OR id = 999 -- all"}]}`),
			both(g.wrote(read, 151), g.queue(0)),
		},
		step{send("in vain", "pause-snapshot", ""), g.logged("does not run, or is paused", 1)},
		step{func() { // in one transaction, or the tables would be copied before
			g.exec(`INSERT INTO grow.signals VALUES ('waits', 'execute-snapshot', '{"data-collections": ["grow.t", "grow.empty"]}'), ('pause', 'pause-snapshot', '{"type": "incremental"}')`)
		}, both(g.queue(2), func() bool { return g.live.state().Signals.Paused })},
		step{send("stop", "stop-snapshot", `{"data-collections": ["grow.t"]}`), g.queue(1)},
		step{send("resume", "resume-snapshot", ""), g.queue(0)},
		step{send("keyless", "execute-snapshot", `{"data-collections": ["grow.keyless"]}`), g.logged("cannot be copied incrementally", 1)},
		step{send("surrogate", "execute-snapshot", `{"data-collections": ["grow.keyless"], "surrogate-key": "id"}`), both(g.wrote(read, 155), g.queue(0))},
		step{send("by name", "execute-snapshot", `{"data-collections": ["grow.t"], "surrogate-key": "name", "additional-condition": "id < 250"}`), both(g.wrote(read, 405), g.queue(0))},
		step{send("two statements", "execute-snapshot", `{"data-collections": ["grow.t"], "additional-condition": "id < 3); DROP TABLE grow.empty; SELECT (1"}`), both(g.logged("cannot be copied incrementally", 2), g.queue(0))},
		step{send("nothing", "execute-snapshot", `{"data-collections": ["grow.nothing", "none\\..*"]}`), both(g.logged("is not captured", 2), g.queue(0))},
		step{send("no name", "execute-snapshot", `{"data-collections": ["none\\..*"]}`), g.logged("names no captured table", 1)},
		step{send("malformed", "execute-snapshot", `{"data-collections": "grow.t"`), g.logged("a signal is passed over", 1)},
		step{send("log", "log", `{"message": "hello at {}"}`), g.logged("hello at ", 1)},
	)
	if s := g.live.state().Signals; s.Paused || len(s.Tables) > 0 {
		t.Errorf("left: %+v", s)
	}
	if n := strings.Count(g.live.out.String(), read); n != 405 {
		t.Errorf("%d rows were copied, want 405", n)
	}
	g.exec("INSERT INTO grow.empty VALUES (1,1)") // it is there
	for _, entry := range g.live.logs.All() {
		if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, "id < ") || strings.Contains(text, "DROP") {
			t.Errorf("a condition is in the log: %s", text)
		}
	}
}

// A signal moves the connector back, once, and it reads from there again.
func TestSignals_SetPosition(t *testing.T) {
	g := newGrowing(t, mysqltest.Start(t, mysqltest.MySQL97), "PRIMARY KEY (id)", 10)
	before := func() event.Position { return g.live.state().Position }
	var start event.Position
	row := `"id":77,`
	g.steps(
		step{func() { start = before(); g.exec("INSERT INTO grow.t VALUES (77, 'n', 1)") }, g.wrote(row, 1)},
		step{func() { g.signal("back", "set-binlog-position", fmt.Sprintf(`{"gtid_set": %q}`, start.GTIDs.String())) }, g.wrote(row, 2)},
		step{func() {
			g.signal("file", "set-binlog-position", `{"binlog_filename": "none.000001", "binlog_position": 4}`)
		}, g.logged("is passed over", 1)},
		step{func() { g.exec("INSERT INTO grow.t VALUES (78, 'n', 1)") }, g.wrote(`"id":78,`, 1)},
	)
	if n := strings.Count(g.live.out.String(), row); n != 2 {
		t.Errorf("the row came %d times, want 2", n)
	}
}

// A signal that comes from outside is durable when the call returns, and what a stopped
// connector is told is refused.
func TestConnector_Signal(t *testing.T) {
	g := newGrowing(t, mysqltest.Start(t, mysqltest.MySQL97), "PRIMARY KEY (id)", 10)
	s, err := signal.Parse("rest", "execute-snapshot", `{"data-collections": ["grow.t"]}`)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := New(g.cfg, Deps{}).Signal(short, s); err == nil {
		t.Error("a connector that does not run takes a signal")
	}
	g.live.inbox = func(c *Connector) {
		if err := c.Signal(t.Context(), s); err != nil {
			t.Error(err)
		}
		if s := g.live.state().Signals; s == nil || s.Taken != 1 {
			t.Errorf("it is not durable: %+v", s)
		}
	}
	g.steps(step{func() {}, both(g.wrote(`"op":"r"`, 10), g.queue(0))})
}

// A signal from outside that moves the connector is durable when the call returns, too,
// and is not read again from its topic.
func TestConnector_SignalMoves(t *testing.T) {
	g := newGrowing(t, mysqltest.Start(t, mysqltest.MySQL97), "PRIMARY KEY (id)", 10)
	row := `"id":77,`
	running, start := make(chan *Connector, 1), make(chan event.Position, 1)
	g.live.inbox = func(c *Connector) { running <- c }
	g.steps(
		step{func() { start <- g.live.state().Position; g.exec("INSERT INTO grow.t VALUES (77, 'n', 1)") }, g.wrote(row, 1)},
		step{func() {
			durable, c := make(chan struct{}), <-running
			move := signal.SetPosition{GTIDs: (<-start).GTIDs.String()}
			c.inbox.signals <- channelSignal{Signal: signal.Signal{ID: "back", Action: move}, next: 7, done: func() { close(durable) }}
			<-durable
			if s := g.live.state().Signals; s == nil || s.Offset != 7 || !slices.Equal(s.Moved, []string{"back"}) {
				t.Errorf("it is not durable: %+v", s)
			}
		}, g.wrote(row, 2)},
	)
}
