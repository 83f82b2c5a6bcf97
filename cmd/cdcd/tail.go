package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cdcd/connector"
	"cdcd/event"
	"cdcd/sink"
	"cdcd/snapshot"
)

// tailFlags are the flags of cdcd tail.
type tailFlags struct {
	source   sourceFlags
	snapshot bool
	from     string
	max      int
	format   string
}

func tailCommand() *cobra.Command {
	var f tailFlags
	cmd := &cobra.Command{
		Use:   "tail --mysql URL --tables db.table,…",
		Short: "Print changes to the terminal: no Kafka, no configuration, no state",
		Long: "Print changes to the terminal: no Kafka, no configuration, no state.\n\n" +
			"With --snapshot the rows that are there come first (op r), then the changes. A bar on\n" +
			"stderr says how far they are while stdout goes to a file or a pipe. Nothing is kept\n" +
			"of it: the next time all rows come again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return tail(cmd, f) },
	}
	f.source.register(cmd)
	cmd.Flags().BoolVar(&f.snapshot, "snapshot", false, "first the rows that are there")
	cmd.Flags().StringVar(&f.from, "from", "now", "where to begin: now or earliest")
	cmd.Flags().IntVar(&f.max, "max", 0, "end after this many records, 0 for never")
	cmd.Flags().StringVar(&f.format, "format", "pretty", "json or pretty")
	return cmd
}

func (f tailFlags) check() error {
	var errs []error
	if f.from != "now" && f.from != "earliest" {
		errs = append(errs, fmt.Errorf("--from %q: want now or earliest", f.from))
	}
	if f.snapshot && f.from != "now" {
		errs = append(errs, errors.New("--snapshot begins with the rows as they are now: leave --from out"))
	}
	if f.format != "json" && f.format != "pretty" {
		errs = append(errs, fmt.Errorf("--format %q: want json or pretty", f.format))
	}
	if f.max < 0 {
		errs = append(errs, errors.New("--max must not be negative"))
	}
	return errors.Join(errs...)
}

// tail runs one connector with a terminal for a sink.
func tail(cmd *cobra.Command, f tailFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	props, err := f.source.properties(f.source.firstDatabase())
	if err != nil {
		return err
	}
	if f.snapshot {
		props["snapshot.mode"] = "initial"
	}
	screen := newTailScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), f.snapshot)
	cfg, err := parseConnector(screen.log, "tail", props)
	if err != nil {
		return err
	}
	c := connector.New(cfg, connector.Deps{
		Store: connector.NewMemory(event.State{}), Metrics: connector.NewMetrics(cfg.Name, nil), Logger: screen.log, Workers: 1, Earliest: f.from == "earliest",
		OpenSink: func(_ context.Context, _ connector.Config, h connector.Hooks) (connector.Sink, error) {
			return sink.NewStdout(cmd.OutOrStdout(), sink.Options{Pretty: f.format == "pretty", Max: f.max, OnCommit: h.Committed}), nil
		},
	})
	end := screen.watch(func() *snapshot.Status { return c.Status().Copy })
	err = c.Run(cmd.Context())
	if end(); errors.Is(err, sink.ErrMax) {
		return nil
	}
	return err
}
