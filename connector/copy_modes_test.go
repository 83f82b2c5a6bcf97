package connector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// restarted is a connector that is run again and again, in one mode or another.
type restarted struct {
	*live
	t      *testing.T
	server *mysqltest.Server
}

func newRestarted(t *testing.T, server *mysqltest.Server) *restarted {
	t.Helper()
	server.Exec(t, "DROP DATABASE IF EXISTS d", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1),(2)")
	return &restarted{newLive(), t, server}
}

func (r *restarted) config(properties ...string) Config {
	return liveConfig(r.t, r.server, `d\.t`, properties...)
}

func (r *restarted) insert(id int) {
	r.server.Exec(r.t, fmt.Sprintf("INSERT INTO d.t VALUES (%d)", id))
}

// wants checks which records a run adds: "r1" for the row that was read, "c1" for the one
// that was created. Rows 3 and 7 are created when the run has begun, if one is wanted.
func (r *restarted) wants(records string, properties ...string) {
	r.t.Helper()
	from := r.committed()
	before := strings.Count(r.out.String()[:from], "\n")
	n, create := len(strings.Fields(records)), func() {}
	if id, ok := map[string]int{"c3": 3, "c7": 7}[records]; ok {
		create = func() { r.insert(id) }
	}
	const complete = "the snapshot is complete, and snapshot.mode has nothing follow it"
	r.run(r.t, r.config(properties...), before+n, complete, create)
	var got []string
	for line := range strings.Lines(r.out.String()[from:]) {
		var record struct {
			Value struct {
				Op    string
				After struct{ ID int }
			}
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			r.t.Fatal(err)
		}
		got = append(got, fmt.Sprint(record.Value.Op, record.Value.After.ID))
	}
	if text := strings.Join(got, " "); text != strings.Trim(records, "-") {
		r.t.Errorf("got %q, want %q; log %v", text, records, r.logs.All())
	}
}

// purged has the server delete its binlog with one change, and log another one behind it.
func (r *restarted) purged(in, behind int) {
	r.t.Helper()
	r.insert(in)
	r.server.Exec(r.t, "FLUSH BINARY LOGS")
	files, err := r.server.Binlogs()
	if err != nil {
		r.t.Fatal(err)
	}
	last := files[len(files)-1]
	daemontest.Until(r.t, 10*time.Second, "the server deletes its binlog", nil, func() bool { // a reader that has ended holds it for a moment
		r.server.Exec(r.t, "PURGE BINARY LOGS TO '"+last+"'")
		files, err := r.server.Binlogs()
		return err == nil && files[0] == last
	})
	r.insert(behind)
}

// TestSnapshotMode_Restarts runs each mode for the first time, again behind a change, and
// again when the server has deleted the binlog that comes next. "-" is a run without
// records, and no records are a run that fails.
func TestSnapshotMode_Restarts(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	f := func(name, why string, runs [3]string, properties ...string) {
		t.Run(name, func(t *testing.T) {
			r := newRestarted(t, server)
			for i, want := range runs {
				switch i {
				case 1:
					r.insert(4)
				case 2:
					r.purged(5, 6)
				}
				if want != "" {
					r.wants(want, properties...)
				} else if got, _ := endsBehind(t, r.store, r.config(properties...)); !strings.Contains(got, why) {
					t.Errorf("run %d: %s, want %q", i+1, got, why)
				}
			}
		})
	}
	const purged, all = "no longer has this part", "r1 r2 r4 r5 r6"
	const data, stream, onError = based + "snapshot.data", based + "start.stream", based + "snapshot.on.data.error"
	f("initial", purged, [3]string{"r1 r2", "c4", ""}, "snapshot.mode", "initial")
	f("initial_only", "", [3]string{"r1 r2", "-", "-"}, "snapshot.mode", "initial_only")
	f("always", "", [3]string{"r1 r2", "r1 r2 r4", all}, "snapshot.mode", "always")
	f("when_needed", "", [3]string{"r1 r2", "c4", all}, "snapshot.mode", "when_needed")
	f("no_data", purged, [3]string{"c3", "c4", ""}, "snapshot.mode", "no_data")
	f("rows at every start", "", [3]string{"r1 r2", "r1 r2 r4", all}, "snapshot.mode", "configuration_based", data, "true")
	f("rows and changes", "", [3]string{"r1 r2", "r1 r2 r4", all}, "snapshot.mode", "configuration_based", data, "true", stream, "true")
	f("changes", purged, [3]string{"c3", "c4", ""}, "snapshot.mode", "configuration_based", stream, "true")
	f("changes from now on", "", [3]string{"c3", "c4", "c7"}, "snapshot.mode", "configuration_based", stream, "true", onError, "true")
}

const based = "snapshot.mode.configuration.based."

// TestSnapshotMode_Recovery goes on where another mode was, and nowhere else.
func TestSnapshotMode_Recovery(t *testing.T) {
	r := newRestarted(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own()))
	recovery := r.config("snapshot.mode", "recovery")
	refuses := func(store *Memory, want string) {
		t.Helper()
		if why, wrote := endsBehind(t, store, recovery); !strings.Contains(why, want) || wrote != "" {
			t.Errorf("%s, wrote %q; want %q", why, wrote, want)
		}
	}
	refuses(NewMemory(event.State{}), "there is none: set another mode")
	r.wants("r1 r2", "snapshot.mode", "initial")
	half := r.store.state
	half.Snapshot = &event.Progress{Views: []event.View{{Low: half.Position}}, Tables: []*event.TableProgress{{ID: schema.ID{Database: "d", Name: "t"}}}}
	refuses(NewMemory(half), "cannot go on with a snapshot that is not complete: set snapshot.mode=initial")
	r.insert(4)
	r.store.tables = nil // what it is for
	r.wants("c4", "snapshot.mode", "recovery")
	r.insert(5)
	r.wants("c5", "snapshot.mode", "initial")
}
