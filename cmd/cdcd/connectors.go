package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cdcd/cluster"
	"cdcd/offsets"
)

const deleteHelp = `Forget a connector's configuration, and whether it was paused. As in Kafka Connect
its position stays: a connector of the same name goes on there.

Remove its file from the folder of connectors on every node first. A node that has
the file, unchanged since it gave it to the cluster, leaves the connector deleted;
but one whose file changed, or whose data folder is new, gives it to the cluster
again at its next start.`

func connectorsCommand() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "connectors",
		Short: "Show the connectors of a cluster, or pause, resume, stop, signal and delete them",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&config, "config", "cdcd.yaml", "the configuration of a node on this machine")
	target := func(t offsets.Target) func(context.Context, governor, string) error {
		return func(ctx context.Context, g governor, name string) error { return g.setTarget(ctx, name, t) }
	}
	remove := connectorVerb(&config, "delete NAME", "Forget a connector's configuration; its position stays",
		func(ctx context.Context, g governor, name string) error { return g.remove(ctx, name) })
	remove.Long = deleteHelp
	cmd.AddCommand(connectorsListCommand(&config), remove,
		connectorVerb(&config, "pause NAME", "Have a connector run nowhere until it is resumed", target(offsets.Paused)),
		connectorVerb(&config, "resume NAME", "Have a paused or stopped connector run again", target(offsets.Running)),
		connectorVerb(&config, "stop NAME", "As pause, and shown as stopped", target(offsets.Stopped)),
		connectorsSignalCommand(&config))
	return cmd
}

func connectorVerb(config *string, use, short string, do func(ctx context.Context, g governor, name string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return withCluster(cmd.Context(), *config, func(ctx context.Context, c *cluster.Client) error { return do(ctx, governor{c}, args[0]) })
	}}
}

func connectorsListCommand(config *string) *cobra.Command {
	return viewCommand(config, "list", "Show the connectors, and where they run", func(v cluster.View) any { return v.Connectors }, printConnectors)
}

// governor changes what is wanted of connectors, through a client of the cluster or
// a node of it.
type governor struct{ cluster asker }

type asker interface {
	LeaderView(ctx context.Context) (cluster.View, error)
	Apply(ctx context.Context, c offsets.Command) error
	Deliver(ctx context.Context, connector string, message []byte) error
}

// setTarget is refused by the cluster where there is no such connector.
func (g governor) setTarget(ctx context.Context, name string, t offsets.Target) error {
	return g.cluster.Apply(ctx, offsets.SetTarget{Connector: name, Target: t})
}

// remove is done, for the cluster, where there is nothing to delete: so it is asked
// before.
func (g governor) remove(ctx context.Context, name string) error {
	v, err := g.cluster.LeaderView(ctx)
	if err != nil {
		return err
	}
	if _, known := v.Connectors[name]; !known {
		return fmt.Errorf("%w: %s", offsets.ErrUnknownConnector, name)
	}
	return g.cluster.Apply(ctx, offsets.DeleteConnector{Connector: name})
}
