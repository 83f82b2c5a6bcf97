package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
	"cdcd/sink/format"
)

// A notification becomes durable with the state behind it, at its place, in no
// transaction; and neither the log nor what is kept has its row values.
func TestNotifications_AtTheirPlace(t *testing.T) {
	j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql"})
	if err != nil {
		t.Fatal(err)
	}
	items := twoTables(1, 1)
	progress := event.Notification{ID: "sig-1", Aggregate: event.IncrementalSnapshot, Type: event.InProgress, Data: map[string]string{
		event.LastProcessedKey: "4711", event.MaximumKey: "4712", event.DataCollections: "d.one",
	}}
	items = slices.Insert(items, len(items)/2, event.Item(progress), event.Item(event.Commit{Position: event.Position{File: "f"}}))
	core, logs := observer.New(zap.InfoLevel)
	kept := &keptNotifications{}
	s := &told{}
	p := newPipeline(t, &scripted{items: items}, s, blocks{}, 1<<20)
	p.ids, p.counted = true, newCounted("transaction", j)
	p.notifications = &notifications{printer: j.Notifications("told"), log: zap.New(core), kept: kept}
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.records, func(r string) bool { return strings.HasPrefix(r, "told ") })
	if at < 0 || !strings.HasPrefix(s.records[at], `told {"id":"sig-1"} {"id":"sig-1","type":"IN_PROGRESS"`) || strings.Contains(s.records[at], "cdcd.") {
		t.Fatalf("record %d of %v", at, s.records)
	}
	if end := len(s.had) - 1; end < 0 || s.had[end] <= at || !strings.Contains(s.records[at-1], `"END"`) || !strings.Contains(s.records[at+1], `"BEGIN"`) {
		t.Errorf("states behind %v records, the notification is number %d of %v", s.had, at, s.records)
	}
	if len(kept.list()) != 1 || len(kept.list()[0].Data) != 1 || len(progress.Data) != 3 {
		t.Errorf("kept %+v of %+v", kept.list(), progress)
	}
	text, err := json.Marshal(logs.FilterMessage("notification").All())
	if err != nil || !strings.Contains(string(text), "sig-1") || strings.Contains(string(text), "471") {
		t.Errorf("logged %s, %v", text, err)
	}
}

// What was not asked for goes nowhere, and has no state to wait for.
func TestNotifications_Off(t *testing.T) {
	s := &told{}
	p := newPipeline(t, &scripted{items: []event.Item{event.Notification{ID: "a"}}}, s, blocks{}, 1<<20)
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) || len(s.records) > 0 {
		t.Errorf("%v, %v", s.records, err)
	}
	if n := New(Config{}, Deps{}).notifications(); n != nil {
		t.Errorf("%+v", n)
	}
}

func TestKeptNotifications_TheNewest(t *testing.T) {
	k := &keptNotifications{}
	for i := range mostKept + 5 {
		k.add(Notified{ID: fmt.Sprint(i)})
	}
	if all := k.list(); len(all) != mostKept || all[0].ID != "5" || all[mostKept-1].ID != fmt.Sprint(mostKept+4) {
		t.Errorf("%d kept, %s to %s", len(all), all[0].ID, all[len(all)-1].ID)
	}
}

func TestParseConfig_Notifications(t *testing.T) {
	const channels, topic = "notification.enabled.channels", "notification.sink.topic.name"
	f := func(want NotificationConfig, warned string, changes ...string) {
		t.Helper()
		c, warnings, err := ParseConfig("shop", shop(changes...))
		if err != nil || c.Notifications != want {
			t.Errorf("%v: %+v, %v", changes, c.Notifications, err)
		}
		about := func(w property.Warning) bool { return strings.Contains(w.Text, warned) }
		if warned == "" && len(warnings) > 0 || warned != "" && !slices.ContainsFunc(warnings, about) {
			t.Errorf("%v: warnings %v", changes, warnings)
		}
	}
	f(NotificationConfig{}, "")
	f(NotificationConfig{Topic: "n", Log: true}, "", channels, "sink, log", topic, "n")
	f(NotificationConfig{Keep: true}, "/connectors/<name>/notifications", channels, "jmx")
	f(NotificationConfig{Log: true}, `"mine" is no channel`, channels, "log,mine")
	f(NotificationConfig{Log: true}, "does not list sink", channels, "log", topic, "n")
	if _, _, err := ParseConfig("shop", shop(channels, "sink")); err == nil || !strings.Contains(err.Error(), topic) {
		t.Errorf("sink without a topic: %v", err)
	}
}

// A copy that is thrown away for a new one is told of before that.
func TestTellFirst_InPlaceOfAnother(t *testing.T) {
	c := New(parsed(t, "notification.enabled.channels", "sink", "notification.sink.topic.name", "told"), Deps{})
	var err error
	if c.json, err = c.encoder(); err != nil {
		t.Fatal(err)
	}
	f := func(b *beginning, want ...string) {
		t.Helper()
		s := &told{}
		if err := c.tellFirst(t.Context(), b, s); err != nil || len(s.records) != len(want) {
			t.Fatalf("%v, %v", s.records, err)
		}
		for i, r := range s.records {
			if !strings.Contains(r, `"type":"`+want[i]+`","aggregate_type":"Initial Snapshot"`) {
				t.Errorf("record %d: %s, want %s", i, r, want[i])
			}
		}
	}
	f(&beginning{}, "STARTED", "COMPLETED")
	f(&beginning{copy: &copying{}}, "STARTED")
	f(&beginning{copy: &copying{}, anew: true}, "ABORTED", "STARTED")
}

// notified are the notifications that a connector wrote, less what is drawn.
func (l *live) notified(t *testing.T) (out []string) {
	t.Helper()
	for line := range strings.Lines(l.out.String()) {
		var r struct {
			Topic string
			Value struct {
				Type string
				Data map[string]string `json:"additional_data"`
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Topic != "told" {
			out = append(out, "-")
			continue
		}
		if r.Value.Data["connector_name"] != "demo" {
			t.Errorf("%s: %v", r.Value.Type, r.Value.Data)
		}
		text := r.Value.Type
		for _, name := range []string{event.CurrentCollection, event.ScannedCollection, event.RowsScanned, event.DataCollections} {
			if v := r.Value.Data[name]; v != "" {
				text += " " + v
			}
		}
		out = append(out, text)
	}
	return out
}

// A table that is dropped while it is copied comes to an end, and is told of once.
func TestNotifications_TableGone(t *testing.T) {
	c := newCopied(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own()), "notification.enabled.channels", "sink", "notification.sink.topic.name", "told")
	c.at, c.statements = 5, []string{"DROP TABLE d.t"}
	c.first = func() {
		daemontest.Until(t, 10*time.Second, "rows are durable", nil, func() bool {
			p := c.live.state().Snapshot
			return p != nil && p.Rows > 0
		})
	}
	c.live.until(t, c.cfg, func() bool { return strings.Contains(c.live.out.String(), `"type":"COMPLETED"`) })
	all := c.live.notified(t)
	got := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "-" })
	if len(got) != 4 || got[0] != "STARTED" || got[1] != "IN_PROGRESS d.t d.t" || got[3] != "COMPLETED" {
		t.Fatalf("%q", got)
	}
	var rows int
	if _, err := fmt.Sscanf(got[2], "TABLE_SCAN_COMPLETED d.t %d d.t", &rows); err != nil || rows == 0 || rows >= 10_000 || rows != len(all)-len(got) {
		t.Errorf("%q: %v", got[2], err)
	}
}

// A connector tells Debezium's sequence: of a start without rows, of one that copies
// tables, one of them empty, and of one that goes on.
// Source: InitialSnapshotNotificationService.
func TestNotifications_OfStarts(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v)
			const d = "notified" // names decide the order in a java.util.HashSet
			server.Exec(t,
				"DROP DATABASE IF EXISTS "+d, "CREATE DATABASE "+d,
				"CREATE TABLE "+d+".a (id INT PRIMARY KEY)", "INSERT INTO "+d+".a VALUES (1),(2),(3)",
				"CREATE TABLE "+d+".b (id INT PRIMARY KEY)",
				"CREATE TABLE "+d+".c (id INT)", "INSERT INTO "+d+".c VALUES (1)")
			f := func(mode string, l *live, n int, want ...string) {
				t.Helper()
				cfg := liveConfig(t, server, d+`\..*`, "snapshot.mode", mode, "notification.enabled.channels", "sink", "notification.sink.topic.name", "told")
				l.run(t, cfg, n, "", nil)
				for i := range want {
					want[i] = strings.ReplaceAll(want[i], "D.", d+".")
				}
				if got := l.notified(t); !slices.Equal(got, want) {
					t.Errorf("%s:\n got %q\nwant %q", mode, got, want)
				}
			}
			l := newLive()
			f("no_data", l, 2, "STARTED", "COMPLETED")
			f("no_data", l, 3, "STARTED", "COMPLETED", "SKIPPED")
			f("recovery", l, 5, "STARTED", "COMPLETED", "SKIPPED", "STARTED", "COMPLETED")
			l = newLive()
			const hashed, all = " D.b,D.c,D.a", " D.a,D.b,D.c"
			copied := []string{
				"STARTED",
				"IN_PROGRESS D.a" + hashed, "-", "-", "-", "TABLE_SCAN_COMPLETED D.a 3" + all,
				"IN_PROGRESS D.b" + hashed, "TABLE_SCAN_COMPLETED D.b 0" + all,
				"IN_PROGRESS D.c" + hashed, "-", "TABLE_SCAN_COMPLETED D.c 1" + all,
				"COMPLETED",
			}
			f("initial", l, len(copied), slices.Clone(copied)...)
			f("initial", l, len(copied)+1, append(slices.Clone(copied), "SKIPPED")...)
		})
	}
}
