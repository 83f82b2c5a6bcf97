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
		Short: "Print how far raft and Kafka say a connector has got, while the daemon is stopped",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showOffsets(cmd, f) },
	}
	f.register(cmd)
	return cmd
}

func showOffsets(cmd *cobra.Command, f offsetsFlags) error {
	o, err := openStopped(cmd.Context(), f, newLogger(cmd.ErrOrStderr(), quiet))
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	_, err = fmt.Fprintf(out, "%s  next start: %s\n", describe(o.standing), next(o.standing))
	return errors.Join(err, o.node.Close())
}
