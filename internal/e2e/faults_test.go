package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// under starts a daemon that follows the workload's tables under load.
func under(t *testing.T, server *mysqltest.Server, kafka *kafkatest.Cluster, id int) (*daemon, *endurance) {
	t.Helper()
	w := newEndurance(t, server.DB(t), 2, 300, uint64(id))
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, "load_db", id, map[string]string{"topic.creation.default.partitions": "3"}))
	d.discreet()
	d.Start()
	d.Ready()
	return d, w
}

// arrives waits until n more records were handed to the sink.
func (d *daemon) arrives(n float64) {
	d.t.Helper()
	goal := d.Metric("cdcd_records_total") + n
	d.Until(30*time.Second, fmt.Sprintf("%v records", goal), func() bool { return d.Metric("cdcd_records_total") >= goal })
}

// The server is killed, restarted, and its dump thread killed, under load: no
// change is lost and nobody has to help.
func TestFaults_Server(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			kafka := kafkatest.Fake(t)
			d, w := under(t, server, kafka, 8001+i)
			stop := w.load(t)
			d.arrives(1000)
			for range 5 {
				d.Until(10*time.Second, "the dump thread is killed", func() bool {
					n, err := server.KillDumps(t.Context(), w.db)
					if err != nil {
						t.Fatal(err)
					}
					return n > 0
				})
				d.arrives(500)
			}
			if err := server.Kill(); err != nil {
				t.Fatal(err)
			}
			d.unready("it")
			if err := server.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.Ready()
			d.arrives(500)
			if err := server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.arrives(500)
			stop()
			finish(t, d, kafka, w.workload)
			d.Ready()
		})
	}
}

// unready waits until the daemon says that a connector cannot work.
func (d *daemon) unready(connector string) {
	d.t.Helper()
	d.Until(30*time.Second, "not ready", func() bool {
		code, body := d.Get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "connector "+connector+":")
	})
}

// outage is how long Kafka is away under load.
const outage = 20 * time.Second

// Kafka comes late, is killed, and is away for a while, under load: the daemon
// says so, holds a bounded part of what it reads, and nothing is lost.
func TestFaults_Kafka(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	kafka := kafkatest.Start(t, kafkatest.Config{Own: true})
	w := newEndurance(t, server.DB(t), 2, 300, 1)
	if err := kafka.Kill(0); err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, "load_db", 8101, map[string]string{
		"producer.override.buffer.memory": "8388608", "max.queue.size.in.bytes": "8388608",
	}))
	d.discreet()
	d.Start()
	d.unready("it")
	d.Logs("kafka request failed")
	resume(t, d, kafka)
	d.Ready() // what was changed before was before the beginning
	stop := w.load(t)
	d.arrives(1000)

	if err := kafka.Kill(0); err != nil {
		t.Fatal(err)
	}
	over := time.Now().Add(outage)
	d.unready("it")
	d.Until(outage+5*time.Second, "the outage is over", func() bool { return time.Now().After(over) })
	if code, _ := d.Get("/healthz"); code != http.StatusOK {
		t.Errorf("/healthz is %d while Kafka is away", code)
	}
	resume(t, d, kafka)
	d.Logs("kafka takes records again")
	d.arrives(1000)
	stop()
	finish(t, d, kafka, w.workload)
	peak, err := machine.PeakRSS(d.PID())
	if err != nil {
		t.Skipf("peak memory: %v", err)
	}
	if peak > 200<<20 {
		t.Errorf("peak memory is %d MiB", peak>>20)
	} else {
		t.Logf("peak memory %d MiB", peak>>20)
	}
}

func resume(t *testing.T, d *daemon, kafka *kafkatest.Cluster) {
	t.Helper()
	if err := kafka.Resume(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	d.Ready()
}

// Two connectors with one server id: MySQL and MariaDB would let the one throw
// the other out. Nothing is lost, and what is wrong is said.
func TestFaults_ServerIDInUse(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, note TEXT)")
			kafka := kafkatest.Fake(t)
			d := newDaemon(t, kafka.Bootstrap(), following(t, server, "d", 8201+i, nil))
			d.discreet()
			d.Connector("second", following(t, server, "d", 8201+i, map[string]string{"topic.prefix": "second"}))
			d.Start()
			d.Until(30*time.Second, "both are placed", func() bool { return d.placed("it") && d.placed("second") })
			for id := range 40 {
				server.Exec(t, fmt.Sprintf("INSERT INTO d.t VALUES (%d, '%s')", id, secretRow))
			}
			d.Until(30*time.Second, "each has all or says why not", func() bool {
				return d.settled(kafka, "it", "it.d.t", 40) && d.settled(kafka, "second", "second.d.t", 40)
			})
			for _, name := range []string{"it", "second"} {
				if p := d.Part(name); p.Phase == "failed" {
					t.Logf("%s was thrown out", name)
					mentions(t, name, p.Error, "another replica uses the same server id", "database.server.id")
				}
			}
		})
	}
}

// placed tells whether a connector has got as far as it gets.
func (d *daemon) placed(connector string) bool {
	phase := d.Part(connector).Phase
	return phase == "running" || phase == "failed"
}

// settled tells whether a connector delivered n records, or failed.
func (d *daemon) settled(kafka *kafkatest.Cluster, connector, topic string, n int) bool {
	if d.Part(connector).Phase == "failed" {
		return true
	}
	records, err := kafka.Read(d.t.Context(), topic)
	return err == nil && len(records) >= n
}

// smallDisk is a folder on a file system of 4 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	unmount, err := machine.MountSmall(dir, 4)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// The disk of the data folder is full: the process ends and says why, and goes
// on where it was once there is space.
func TestFaults_DiskFull(t *testing.T) {
	dir := smallDisk(t)
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	kafka := kafkatest.Fake(t)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 8301, nil))
	d.discreet()
	d.Write("cdcd.yaml", strings.Replace(d.Read("cdcd.yaml"), "data: ./data", "data: "+dir+"/data", 1))
	d.Start()
	d.Ready()
	if err := machine.FillDisk(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	id := 0
	for d.Running() && id < 2000 {
		id++
		server.Exec(t, fmt.Sprintf("INSERT INTO %s.t VALUES (%d, '%s')", db, id, secretRow),
			fmt.Sprintf("CREATE TABLE %s.t%d (id INT PRIMARY KEY, a%s INT)", db, id, strings.Repeat("x", 40)))
	}
	if code := d.ExitCode(); code == 0 {
		t.Error("the process ended with code 0")
	}
	mentions(t, "cdcd", d.Log.Tail(4<<10), "no space left on device", dir)
	d.Start() // while there is still no space
	select {
	case <-d.Done():
	case <-time.After(20 * time.Second):
		t.Error("cdcd starts on a full disk and goes on")
		d.Kill()
	}
	mentions(t, "cdcd", d.Log.Tail(1<<10), "free some and start again")
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	d.Start()
	d.Ready()
	d.Until(30*time.Second, "every row arrived", func() bool {
		seen := map[string]bool{}
		records, err := kafka.Read(t.Context(), "it."+db+".t")
		for _, r := range records {
			seen[string(r.Key)] = true
		}
		return err == nil && len(seen) == id
	})
}
