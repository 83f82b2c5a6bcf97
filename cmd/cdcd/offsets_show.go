package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func offsetsShowCommand() *cobra.Command {
	var f offsetsFlags
	cmd := &cobra.Command{
		Use:   "show --connector NAME",
		Short: "Print how far raft and Kafka say a connector has got; of a node alone while the daemon is stopped",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showOffsets(cmd, f) },
	}
	f.register(cmd)
	return cmd
}

func showOffsets(cmd *cobra.Command, f offsetsFlags) error {
	return looking(cmd, f, func(h *held) error {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  next start: %s\n", describe(h.standing), next(h.standing))
		return err
	})
}
