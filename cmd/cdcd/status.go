package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// statusFlags are the flags of cdcd status.
type statusFlags struct {
	node   string
	config string
	watch  bool
	asJSON bool
}

func statusCommand() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the connectors of a node's cluster, and how far snapshots are",
		Long: "Show the connectors of a node's cluster, and how far snapshots are: of the connectors\n" +
			"that run on the node itself. It is asked over HTTP, which needs no http.token.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return status(cmd, f) },
	}
	cmd.Flags().StringVar(&f.node, "node", "", "URL of the node, such as http://127.0.0.1:8083 (http.listen of --config by default)")
	cmd.Flags().StringVar(&f.config, "config", "cdcd.yaml", "the configuration of a node on this machine")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "draw it again each second, until Ctrl-C")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON, as the node answers it")
	cmd.MarkFlagsMutuallyExclusive("watch", "json")
	cmd.MarkFlagsMutuallyExclusive("node", "config")
	return cmd
}

func status(cmd *cobra.Command, f statusFlags) error {
	node, err := f.url()
	if err != nil {
		return err
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	terminal := screenOf(out)
	if f.watch && terminal == nil {
		return errors.New("--watch draws on a terminal, and stdout is none: leave it out, or ask again and again with --json")
	}
	body, err := askStatus(ctx, node)
	if err != nil {
		return err
	}
	if f.asJSON {
		_, err := out.Write(body)
		return err
	}
	s, err := parseStatus(body)
	switch {
	case err != nil:
		return err
	case f.watch:
		return watchStatus(ctx, terminal, node, s)
	}
	columns := 100
	if terminal != nil {
		columns, _ = terminal.Size()
	}
	_, err = io.WriteString(out, strings.Join(s.lines(columns), "\n")+"\n")
	return err
}

// url is where the node answers HTTP.
func (f statusFlags) url() (string, error) {
	if f.node == "" {
		cfg, err := loadConfig(f.config)
		if err != nil {
			return "", fmt.Errorf("where is the node? Say so with --node http://host:port, or with its configuration: %w", err)
		}
		return "http://" + dialable(cfg.HTTP.Listen), nil
	}
	u, err := url.Parse(f.node)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("--node must look like http://host:port or https://host") // the error of Parse would print a password
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// dialable is an address that leads to who listens on one.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// askStatus returns what a node answers.
func askStatus(ctx context.Context, node string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, node+"/status", http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the status of %s: %w", req.URL.Redacted(), err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", req.URL.Redacted(), resp.Status)
	}
	return body, nil
}

// parseStatus reads what a node answers.
func parseStatus(body []byte) (nodeStatus, error) {
	var s nodeStatus
	if err := json.Unmarshal(body, &s); err != nil || s.Cluster.Name == "" {
		return s, errors.Join(errors.New("the answer is not one of cdcd's /status"), err)
	}
	return s, nil
}

// watchEvery is how often a node is asked.
const watchEvery = time.Second

// watchStatus draws a status again and again until ctx ends, which is no error. A node
// that does not answer may be about to start again: what it said last stays.
func watchStatus(ctx context.Context, terminal screen, node string, s nodeStatus) error {
	f := &footer{screen: terminal}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var away error
	for {
		columns, height := terminal.Size()
		lines := s.lines(columns)
		if away != nil {
			lines = append([]string{"what follows is old: " + printable(away.Error())}, lines...)
		}
		if err := f.draw(fitted(lines, columns, height)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var now nodeStatus
		body, err := askStatus(ctx, node)
		if err == nil {
			now, err = parseStatus(body)
		}
		if away = err; err == nil {
			s = now
		}
	}
}

// fitted is what of lines a terminal has room for, less one line for the cursor.
func fitted(lines []string, columns, height int) []string {
	if room := max(height-1, 1); len(lines) > room {
		more := fmt.Sprintf("… and %d lines more: the terminal is too low", len(lines)-room+1)
		lines = append(lines[:room-1:room-1], more)
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = cut(l, columns-1)
	}
	return out
}
