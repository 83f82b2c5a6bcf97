package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"cdcd/cluster"
)

const recoverHelp = `Go on without the nodes that are lost, when those that are left are no majority.
It works on the data folder of a node that is stopped, and makes this node the only
member, or the nodes of --keep. Without --yes it only says what it would do.

  1  Stop every node that is left, and its supervisor.
  2  Delete the data folders of the lost nodes, or make sure that they never run
     again.
  3  Run this on each node that is left, without --yes. The newest log is the one
     with the greatest term, and of those the one with the greatest index.
  4  Run it with --yes on the node that has it, and start that node. With --keep run
     it with the same list on each node that is kept, and start all of them.
  5  Start every other node with an empty data folder, and make it a member with
     cdcd cluster join.

What was decided last, and had not reached this folder, is lost. cluster.peers may
stay as it is: the ids count at the first start of a cluster only.

A lost node that comes back with its old folder ends as soon as it reaches a
recovered node, which takes nothing from it. While it reaches none, it and enough
others like it are a majority of the cluster of before, and go on as that: two
clusters then run the same connectors. Kafka fences the one that took a connector
over first, and those with exactly.once.support=disabled write twice. So step 2
comes first.`

func clusterRecoverCommand(config *string) *cobra.Command {
	var keep []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "recover [--keep ID,ID] [--yes]",
		Short: "Go on without the nodes that are lost, when those that are left are no majority",
		Long:  recoverHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return recoverCluster(cmd.OutOrStdout(), *config, keep, yes)
		},
	}
	cmd.Flags().StringSliceVar(&keep, "keep", nil, "the nodes that stay members, this one among them (this one alone by default)")
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}

func recoverCluster(out io.Writer, config string, keep []string, yes bool) error {
	cfg, err := loadConfig(config)
	if err != nil {
		return err
	}
	r, err := cluster.OpenRecovery(cfg.node(), keep...)
	if err != nil {
		return err
	}
	return errors.Join(carryOut(out, cfg, r, yes), r.Close())
}

// carryOut says what the recovery does, and does it if it may.
func carryOut(out io.Writer, cfg daemonConfig, r *cluster.Recovery, yes bool) error {
	if err := printRecovery(out, cfg, r); err != nil {
		return err
	}
	if !yes {
		return errors.New("nothing was changed: give --yes to do it")
	}
	if err := r.Commit(); err != nil {
		return err
	}
	if err := forgetSubmitted(cfg.Node.Data); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "Done. Start the node.")
	return err
}

func printRecovery(out io.Writer, cfg daemonConfig, r *cluster.Recovery) error {
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) } // Flush tells
	say("The log of node %s of cluster %s ends with term %d, index %d.\n\n", r.Node, cfg.Cluster.Name, r.Term, r.Index)
	say("MEMBER\tADDRESS\tBEFORE\tAFTER\n")
	after := map[string]string{}
	for _, m := range r.After {
		after[m.ID] = "voter"
	}
	for _, m := range r.Before {
		before := "voter"
		if !m.Voter {
			before = "no vote yet"
		}
		say("%s\t%s\t%s\t%s\n", m.ID, m.Address, before, after[m.ID])
	}
	say("\n")
	return t.Flush()
}
