package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/event"
	"cdcd/offsets"
)

// resetFlags are the flags of cdcd offsets reset.
type resetFlags struct {
	offsetsFlags
	to  string
	yes bool
}

func offsetsResetCommand() *cobra.Command {
	var f resetFlags
	cmd := &cobra.Command{
		Use:   "reset --connector NAME --to last|kafka|now|GTIDS|FILE:OFFSET",
		Short: "Decide where a connector goes on that does not run",
		Long: "Decide where a connector goes on at the next start. Of a node alone the daemon is stopped;\n" +
			"in a cluster of several nodes it runs, and the connector is stopped: cdcd connectors stop NAME.\n\n" +
			"  last         where raft last heard of it, whatever Kafka says\n" +
			"  kafka        where the state record in Kafka says, whoever wrote it\n" +
			"  now          as at a first start: snapshot.mode says whether the rows that are there are copied\n" +
			"  GTIDS        behind the transactions of this set\n" +
			"  FILE:OFFSET  at this place of the binlog, on a server without GTIDs or a MariaDB",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return resetOffsets(cmd, f) },
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.to, "to", "", "where to go on: last, kafka, now, a GTID set, or file:offset")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	require(cmd, "to")
	return cmd
}

func resetOffsets(cmd *cobra.Command, f resetFlags) error {
	if strings.TrimSpace(f.to) == "" {
		return errors.New("--to: want last, kafka, now, a GTID set or file:offset")
	}
	return changing(cmd, f.offsetsFlags, func(h *held) error { return h.reset(cmd, f) })
}

// reset says what is known and what will be, asks, and does it.
func (h *held) reset(cmd *cobra.Command, f resetFlags) error {
	out := cmd.OutOrStdout()
	if _, err := fmt.Fprint(out, describe(h.standing)); err != nil {
		return err
	}
	to := connector.Target(f.to)
	state, err := h.target(cmd.Context(), to)
	if err != nil {
		return fmt.Errorf("--to %s: %w", f.to, err)
	}
	if _, err := fmt.Fprint(out, consequences(h.standing, to, state)); err != nil {
		return err
	}
	if err := confirm(cmd, f.yes, f.connector); err != nil {
		return err
	}
	if err := h.apply(cmd.Context(), state); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "Done. "+h.then())
	return err
}

// then is what has the connector go on.
func (h *held) then() string {
	if h.client != nil {
		return "Run cdcd connectors resume " + h.config.Name + "."
	}
	return "Start the daemon."
}

// waitStopped makes sure that no node of a running cluster writes for the
// connector. It waits for one that was stopped, and has not ended yet.
func (h *held) waitStopped(ctx context.Context) error {
	if h.client == nil {
		return nil // the data folder is ours
	}
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	defer cancel()
	tick := time.NewTicker(endingEvery)
	defer tick.Stop()
	var still error
	for {
		v, err := h.client.LeaderView(ctx)
		if err != nil {
			return errors.Join(still, err)
		}
		switch c := v.Connectors[h.config.Name]; {
		case c.Node != "":
			return fmt.Errorf("connector %s runs on node %s: stop it first, with cdcd connectors stop %s", h.config.Name, c.Node, h.config.Name)
		case c.Phase != cluster.PhaseEnding:
			return nil
		}
		still = fmt.Errorf("connector %s is still ending; try again once it has: cdcd cluster status shows it", h.config.Name)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(still, context.Cause(ctx))
		}
	}
}

// endingEvery is how often it is asked whether a connector has ended.
const endingEvery = 50 * time.Millisecond

// target returns the state to store, after the server was asked for a position.
func (h *held) target(ctx context.Context, to connector.Target) (event.State, error) {
	var place event.Position
	switch to {
	case connector.ToLast, connector.ToKafka, connector.ToNow:
	default:
		var err error
		if place, err = connector.Locate(ctx, h.config, string(to)); err != nil {
			return event.State{}, err
		}
	}
	return h.standing.Reset(to, place)
}

// apply stores the state in a session of the operator's own, which is without a
// producer: that is what makes it count.
func (h *held) apply(ctx context.Context, s event.State) error {
	if err := h.own(ctx); err != nil {
		return err
	}
	return h.store.Reset(ctx, s)
}

// own opens the operator's session.
func (h *held) own(ctx context.Context) error {
	_, err := h.store.Session(ctx, offsets.NoProducer, offsets.SessionID(h.standing.Above()))
	return err
}

// consequences says where the next start goes on after the reset, and what that
// costs.
func consequences(s connector.Standing, to connector.Target, state event.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nAfter the reset the next start %s.\n", verdict(s.After(state)))
	fmt.Fprintln(&b, cost(to))
	if s.Unread != nil {
		fmt.Fprintln(&b, "Kafka could not be read. If somebody else has written to the state topic meanwhile, the next start stops and says so:\n"+
			"then repeat this while Kafka answers.")
	}
	return b.String()
}

func cost(to connector.Target) string {
	switch to {
	case connector.ToLast:
		return "What was written to Kafka behind that place is written again; what Kafka has lost before it stays lost."
	case connector.ToKafka:
		return "What raft knows is forgotten. What comes behind that place is read again from the server: it is written twice where the data\n" +
			"topics hold it already, and not lost where they do not."
	case connector.ToNow:
		return "Changes from where the connector stood until that start are left out; where snapshot.mode has rows copied, they say what has become of them."
	}
	return "Tables must not have been altered between that place and now: they are read as they are now, and a change\n" +
		"from before an ALTER TABLE would be taken for one after it. Changes behind the place that were written\n" +
		"already are written again, those before it that were not are left out."
}

// confirm has the connector's name typed, unless --yes has said so.
func confirm(cmd *cobra.Command, yes bool, name string) error {
	if yes {
		return nil
	}
	if _, err := fmt.Fprint(cmd.OutOrStdout(), "Type the connector's name to go on: "); err != nil {
		return err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	switch answer := strings.TrimSpace(line); {
	case answer == name:
		return nil
	case answer == "" && errors.Is(err, io.EOF):
		return errors.New("nothing was changed: there is no terminal to confirm at; give --yes")
	}
	return errors.New("nothing was changed: that is not the connector's name")
}
