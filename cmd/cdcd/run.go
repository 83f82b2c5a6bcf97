package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "run --config cdcd.yaml",
		Short: "Run the daemon",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDaemon(cmd.Context(), cmd, config)
		},
	}
	cmd.Flags().StringVar(&config, "config", "cdcd.yaml", "the daemon's configuration")
	return cmd
}

func runDaemon(ctx context.Context, cmd *cobra.Command, path string) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	files, err := loadConnectors(cfg.Connectors)
	if err != nil {
		return err
	}
	d, err := startDaemon(ctx, cfg, files, newLogger(cmd.ErrOrStderr(), normal))
	if err != nil {
		return err
	}
	return errors.Join(d.wait(ctx), d.stop())
}
