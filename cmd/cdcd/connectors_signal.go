package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"cdcd/cluster"
	"cdcd/connector/signal"
)

const signalHelp = `Send a signal to a connector that streams, on whatever node it runs. It returns when
what the signal changes is durable.

  cdcd connectors signal shop --type execute-snapshot --data '{"data-collections": ["shop.orders"]}'

Types and data are Debezium's: execute-snapshot, stop-snapshot, pause-snapshot,
resume-snapshot, log, set-binlog-position.`

func connectorsSignalCommand(config *string) *cobra.Command {
	var m signal.Message
	cmd := &cobra.Command{
		Use: "signal NAME --type TYPE [--data JSON]", Short: "Send a signal to a connector", Long: signalHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m.ID = cmp.Or(m.ID, uuid.NewString())
			if _, err := m.Signal(); err != nil {
				return err
			}
			return withCluster(cmd.Context(), *config, func(ctx context.Context, c *cluster.Client) error {
				if err := c.Deliver(ctx, args[0], m.Text()); err != nil {
					return fmt.Errorf("signal %s: %w", m.ID, err)
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Signal %s was taken.\n", m.ID)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&m.Type, "type", "", "what is asked for")
	cmd.Flags().StringVar(&m.Data, "data", "", "a JSON object")
	cmd.Flags().StringVar(&m.ID, "id", "", "the signal's id, in notifications; made when there is none")
	require(cmd, "type")
	return cmd
}
