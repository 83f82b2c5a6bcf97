// Command cdcd follows MySQL and MariaDB binlogs and writes every row change to
// Kafka as Debezium does. "cdcd help" lists its verbs; each has a file here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "cdcd:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the only deferred call was just made
	}
}

// run executes one command line; it is all of main that tests can call.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	root := &cobra.Command{
		Use:           "cdcd",
		Short:         "Change data capture from MySQL and MariaDB to Kafka, with Debezium's events",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(runCommand(), tailCommand(), devCommand(), clusterCommand(), connectorsCommand(), statusCommand(), offsetsCommand(), schemaCommand(), versionCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // asked to stop
	}
	return err
}
