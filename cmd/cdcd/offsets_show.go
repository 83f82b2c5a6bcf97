package main

import (
	"errors"
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
	h, err := hold(cmd.Context(), f, newLogger(cmd.ErrOrStderr(), quiet))
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	_, err = fmt.Fprintf(out, "%s  next start: %s\n", describe(h.standing), next(h.standing))
	return errors.Join(err, h.close())
}
