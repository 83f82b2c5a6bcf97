// Command fetch downloads the servers that tests, the demo and benchmarks run,
// so that no test waits for a download: MySQL, MariaDB and Kafka, and with
// CDCD_TEST_ALL the older and newer ones too. What is in the cache already is
// left there.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"cdcd/internal/fetch"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the only deferred call was just made
	}
}

// run fetches everything it can. What this machine cannot have is named, and no
// error: its tests will be skipped.
func run(ctx context.Context) error {
	if err := installJava(ctx); err != nil {
		return err
	}
	var failed error
	get := func(name string, fetchIt func() (string, error)) {
		began := time.Now()
		got, err := fetchIt()
		switch {
		case errors.Is(err, fetch.ErrUnavailable):
			fmt.Printf("%-14s skipped: %v\n", name, err)
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("%s: %w", name, err))
		default:
			fmt.Printf("%-14s %s, %v\n", name, got, time.Since(began).Round(time.Millisecond))
		}
	}
	for _, v := range mysqltest.Versions() {
		if !mysqltest.Rare(v) || os.Getenv("CDCD_TEST_ALL") != "" {
			get(string(v), func() (string, error) { return mysqltest.Fetch(ctx, v) })
		}
	}
	get("Kafka", func() (string, error) { return kafkatest.Fetch(ctx) })
	return failed
}

// installJava installs Java and Maven on a Debian machine without them when it
// may; otherwise fetching Kafka says what is missing.
func installJava(ctx context.Context) error {
	if has("java") && has("mvn") || !has("apt-get") || os.Getuid() != 0 {
		return nil
	}
	fmt.Println("installing Java and Maven, for Kafka ...")
	for _, args := range [][]string{
		{"-q", "update"},
		{"-q", "-y", "install", "--no-install-recommends", "default-jre-headless", "maven"},
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[1], err, out)
		}
	}
	return nil
}

func has(command string) bool {
	_, err := exec.LookPath(command)
	return err == nil
}
