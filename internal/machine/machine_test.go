package machine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// parentEnv makes the test binary a parent that starts a child, says its
// process id and waits to be killed.
const parentEnv = "CDCD_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	p, err := Start(exec.Command("sleep", "600"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	<-p.Done()
}

// TestStart_DiesWithParent kills a process and sees its child die.
func TestStart_DiesWithParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(line[:len(line)-1])
	if err != nil {
		t.Fatalf("the parent said %q", line)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	waitFor(t, "the child to die", func() bool { return gone(child) })
}

// gone tells whether a process has ended; one that nobody has reaped yet has.
func gone(pid int) bool {
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || state(pid) == "Z"
}

// state is the letter by which the kernel calls what a process is doing.
func state(pid int) string {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var id int
	var name, state string
	_, _ = fmt.Sscan(string(stat), &id, &name, &state)
	return state
}

func waitFor(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestStop_KillsTheDeaf stops a process that obeys, and one that is frozen.
func TestStop_KillsTheDeaf(t *testing.T) {
	f := func(frozen bool) {
		t.Helper()
		p, err := Start(exec.Command("sleep", "600"))
		if err != nil {
			t.Fatal(err)
		}
		if frozen {
			_ = syscall.Kill(p.PID(), syscall.SIGSTOP)
			waitFor(t, "the freeze", func() bool { return state(p.PID()) == "T" })
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Stop(ctx); (err != nil) != frozen {
			t.Errorf("stop, frozen %v: %v", frozen, err)
		}
		if !gone(p.PID()) {
			t.Errorf("frozen %v: it has not ended", frozen)
		}
	}
	f(false)
	f(true)
	if _, err := Start(exec.Command("/does/not/exist")); err == nil {
		t.Error("a program that does not exist was started")
	}
}

// TestReservePort_Apart reserves ports until one is released: no two callers
// have the same.
func TestReservePort_Apart(t *testing.T) {
	seen := map[int]bool{}
	for range 20 {
		p, err := ReservePort()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Release() })
		if seen[p.Number] {
			t.Errorf("port %d was given twice", p.Number)
		}
		seen[p.Number] = true
	}
}

// TestTempDir_Sweeps leaves a folder as a killed process would and sees the
// next caller remove it, but not one that is in use.
func TestTempDir_Sweeps(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	abandoned, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	_ = abandoned.lock.Close()
	used, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	third, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abandoned.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the abandoned folder is still there (%v)", err)
	}
	for _, d := range []*Dir{used, third} {
		if err := errors.Join(statErr(d.Path), d.Remove()); err != nil {
			t.Error(err)
		}
	}
}

func statErr(path string) error {
	_, err := os.Stat(path)
	return err
}
