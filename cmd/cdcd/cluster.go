package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"cdcd/cluster"
)

// clusterPatience is how long the cluster may take to answer, an election
// included.
const clusterPatience = 15 * time.Second

func clusterCommand() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Show the cluster of a node, or change it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&config, "config", "cdcd.yaml", "the configuration of a node on this machine")
	cmd.AddCommand(clusterStatusCommand(&config), clusterJoinCommand(&config),
		clusterVerb(&config, "remove NODE", "Make a node no member any more", cobra.ExactArgs(1), (*cluster.Client).Remove),
		clusterVerb(&config, "transfer [NODE]", "Make a node the leader, or any other", cobra.MaximumNArgs(1), (*cluster.Client).Transfer),
		clusterVerb(&config, "drain NODE", "Move every connector off a node, and keep others from it", cobra.ExactArgs(1), drained(true)),
		clusterVerb(&config, "undrain NODE", "Let a node run connectors again", cobra.ExactArgs(1), drained(false)),
		clusterRecoverCommand(&config))
	return cmd
}

// verb is what a client does with a node.
type verb func(c *cluster.Client, ctx context.Context, node string) error

func drained(on bool) verb {
	return func(c *cluster.Client, ctx context.Context, node string) error { return c.Drain(ctx, node, on) }
}

func clusterVerb(config *string, use, short string, args cobra.PositionalArgs, do verb) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		node := ""
		if len(args) > 0 {
			node = args[0]
		}
		return withCluster(cmd.Context(), *config, func(ctx context.Context, c *cluster.Client) error { return do(c, ctx, node) })
	}}
}

func clusterJoinCommand(config *string) *cobra.Command {
	var node, address string
	cmd := &cobra.Command{
		Use:   "join --node ID --address host:port",
		Short: "Make a node a member, which runs already and votes when it has caught up",
		Long: "Make a node a member, which runs already and votes when it has caught up.\n" +
			"Of a member it changes the address; nodes that have one in cluster.peers use that.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCluster(cmd.Context(), *config, func(ctx context.Context, c *cluster.Client) error { return c.Join(ctx, node, address) })
		},
	}
	cmd.Flags().StringVar(&node, "node", "", "its node.id")
	cmd.Flags().StringVar(&address, "address", "", "where the others reach it")
	require(cmd, "node", "address")
	return cmd
}

func clusterStatusCommand(config *string) *cobra.Command {
	return viewCommand(config, "status", "Show the nodes, and which of them runs what", func(v cluster.View) any { return v }, printView)
}

// viewCommand shows the cluster, or a part of it: as JSON, or as tables for people.
func viewCommand(config *string, use, short string, part func(cluster.View) any, tables func(t io.Writer, v cluster.View)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return withCluster(cmd.Context(), *config, func(ctx context.Context, c *cluster.Client) error {
			v, err := c.View(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), part(v))
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			printAge(t, v)
			tables(t, v)
			return t.Flush()
		})
	}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// withCluster calls f with a client of the cluster that a configuration is of.
func withCluster(ctx context.Context, path string, f func(context.Context, *cluster.Client) error) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	defer cancel()
	c, err := cluster.Dial(ctx, cfg.node())
	if err != nil {
		return err
	}
	defer c.Close()
	return f(ctx, c)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printView adds the lines of both tables to t, whose Flush tells what failed.
func printView(t io.Writer, v cluster.View) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) }
	say("NODE\tADDRESS\tROLE\tLIVE\tDRAINED\n")
	for _, m := range v.Members {
		say("%s\t%s\t%s\t%t\t%t\n", m.ID, m.Address, role(v, m), m.Live, m.Drained)
	}
	say("\n")
	printConnectors(t, v)
}

// printAge says where the leader could not be asked.
func printAge(t io.Writer, v cluster.View) {
	if v.Stale {
		_, _ = fmt.Fprintf(t, "this is what node %s knows, and may be old: %s\n", v.Node, v.Reason)
	}
}

// printConnectors adds the lines of a table to t.
func printConnectors(t io.Writer, v cluster.View) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) }
	say("CONNECTOR\tTARGET\tNODE\tGENERATION\tPHASE\tLAG\tREASON\n")
	for _, name := range slices.Sorted(maps.Keys(v.Connectors)) {
		c := v.Connectors[name]
		say("%s\t%s\t%s\t%d\t%s\t%s\t%s\n", name, c.Target, c.Node, c.Generation, c.Phase, lag(c.LagSeconds), c.Error)
	}
}

func role(v cluster.View, m cluster.Member) string {
	switch {
	case m.ID == v.Leader:
		return "leader"
	case m.Voter:
		return "voter"
	}
	return "no vote yet"
}

func lag(seconds float64) string {
	if seconds < 0 {
		return ""
	}
	return (time.Duration(seconds*1e3) * time.Millisecond).String()
}
