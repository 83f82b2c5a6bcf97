package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"
)

// devFlags are the flags of cdcd dev.
type devFlags struct {
	source sourceFlags
	kafka  string
	http   string
	prefix string
}

func devCommand() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev --mysql URL --tables db.table,…",
		Short: "Run one node with a Kafka broker inside, for trying things",
		Long: "Run one node with a Kafka broker inside, for trying things. The broker is in\n" +
			"memory and the node's data in a temporary folder: both are gone with the process.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return dev(cmd, f) },
	}
	f.source.register(cmd)
	cmd.Flags().StringVar(&f.kafka, "kafka", "127.0.0.1:9092", "loopback address of the broker; port 0 for any")
	cmd.Flags().StringVar(&f.http, "http", "127.0.0.1:8083", "address of HTTP; port 0 for any")
	cmd.Flags().StringVar(&f.prefix, "prefix", "", "topic.prefix (the first database by default)")
	return cmd
}

func dev(cmd *cobra.Command, f devFlags) (err error) {
	prefix := f.prefix
	if prefix == "" {
		prefix = f.source.firstDatabase()
	}
	props, err := f.source.properties(prefix)
	if err != nil {
		return err
	}
	broker, err := startBroker(f.kafka)
	if err != nil {
		return err
	}
	defer broker.Close()
	dir, err := os.MkdirTemp("", "cdcd-dev-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bootstrap := strings.Join(broker.ListenAddrs(), ",")
	ctx, log := cmd.Context(), newLogger(cmd.ErrOrStderr(), quiet)
	s, err := newSettings(devConfig(dir, bootstrap, f.http), []connectorFile{{Name: prefix, Config: props}}, log)
	if err != nil {
		return err
	}
	d, err := startDaemon(ctx, s, log)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "kafka.bootstrap.servers=%s\nhttp=http://%s\n", bootstrap, d.server.Addr()); err != nil {
		return errors.Join(err, d.stop())
	}
	return errors.Join(d.wait(ctx), d.stop())
}

// startBroker starts the embedded broker on a loopback address.
func startBroker(address string) (*kfake.Cluster, error) {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--kafka %q: want a loopback address with a port, such as 127.0.0.1:9092", address)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("--kafka: %w", err)
	}
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(n))
	if err != nil {
		return nil, fmt.Errorf("start the broker on %s: %w", address, err)
	}
	return broker, nil
}

// devConfig is a node of its own in dir.
func devConfig(dir, bootstrap, http string) daemonConfig {
	var c daemonConfig
	c.Node.ID, c.Node.Data = "dev", dir
	c.Cluster.Name, c.Cluster.Listen = "dev", "127.0.0.1:0"
	c.HTTP.Listen = http
	c.Kafka = map[string]string{"bootstrap.servers": bootstrap}
	return c
}
