package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"cdcd/connector"
	"cdcd/sink"
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
	log := newLogger(cmd.ErrOrStderr(), normal)
	s, err := loadSettings(path, log)
	if err != nil {
		return err
	}
	d, err := startDaemon(ctx, s, log)
	if err != nil {
		return err
	}
	return errors.Join(d.wait(ctx), d.stop())
}

// settings are a daemon's configuration, checked.
type settings struct {
	daemon     daemonConfig
	kafka      sink.Config
	connectors []connector.Config
	files      []connectorFile // that connectors were made of
}

// loadSettings reads cdcd.yaml and the connectors' files. The error lists
// everything that is wrong in any of them.
func loadSettings(path string, log *zap.Logger) (settings, error) {
	cfg, err1 := loadConfig(path)
	files, err2 := loadConnectors(cfg.Connectors)
	s, err3 := newSettings(cfg, files, log)
	return s, errors.Join(err1, err2, err3)
}

// newSettings checks what the files hold.
func newSettings(cfg daemonConfig, files []connectorFile, log *zap.Logger) (settings, error) {
	kafka, err1 := sink.ParseProperties("kafka.", cfg.Kafka)
	kafka.Logger = log
	connectors, err2 := parseConnectors(files, log)
	return settings{daemon: cfg, kafka: kafka, connectors: connectors, files: files}, errors.Join(err1, err2)
}

func parseConnectors(files []connectorFile, log *zap.Logger) ([]connector.Config, error) {
	var configs []connector.Config
	var errs []error
	for _, f := range files {
		c, err := parseConnector(log, f.Name, f.Config)
		configs, errs = append(configs, c), append(errs, err)
	}
	return configs, errors.Join(errs...)
}
