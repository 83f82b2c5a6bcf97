package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"cdcd/cluster"
	"cdcd/connector/property"
)

// daemonConfig is cdcd.yaml.
type daemonConfig struct {
	Node struct {
		ID   string `yaml:"id"`
		Data string `yaml:"data"`
	} `yaml:"node"`
	HTTP struct {
		Listen string `yaml:"listen"`
		Token  string `yaml:"token"` // lets whoever knows it change connectors
	} `yaml:"http"`
	Cluster struct {
		Name   string            `yaml:"name"`
		Listen string            `yaml:"listen"`
		Peers  map[string]string `yaml:"peers"`
		Timing string            `yaml:"timing"` // lan, wan
		TLS    struct {
			CA   string `yaml:"ca"`
			Cert string `yaml:"cert"`
			Key  string `yaml:"key"`
		} `yaml:"tls"`
		Insecure bool   `yaml:"insecure"`
		Secret   string `yaml:"secret"` // seals passwords in the raft log
	} `yaml:"cluster"`
	// Kafka holds Kafka's own property names.
	Kafka      map[string]string `yaml:"kafka"`
	Connectors string            `yaml:"connectors"`
}

// loadConfig reads and checks the file. Relative paths in it are relative to
// its folder. The error lists everything that is wrong; with it comes what could
// be read.
func loadConfig(path string) (daemonConfig, error) {
	var c daemonConfig
	text, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return daemonConfig{}, fmt.Errorf("%s: %w", path, plainYAML(err))
	}
	unknown := yaml.UnmarshalWithOptions(text, &daemonConfig{}, yaml.Strict())
	dir := filepath.Dir(path)
	for _, p := range []*string{&c.Node.Data, &c.Connectors, &c.Cluster.TLS.CA, &c.Cluster.TLS.Cert, &c.Cluster.TLS.Key} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	if err := errors.Join(plainYAML(unknown), c.check()); err != nil {
		return c, fmt.Errorf("%s:\n%w", path, err)
	}
	return c, nil
}

// plainYAML leaves out the lines around what is wrong, which may hold a
// password.
func plainYAML(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(yaml.FormatError(err, false, false))
}

func (c daemonConfig) check() error {
	var errs []error
	required := func(name, value string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is required", name))
		}
	}
	required("node.id", c.Node.ID)
	required("node.data", c.Node.Data)
	required("cluster.name", c.Cluster.Name)
	required("kafka.bootstrap.servers", c.Kafka["bootstrap.servers"])
	required("connectors", c.Connectors)
	address := func(name, value string) {
		required(name, value)
		if _, _, err := net.SplitHostPort(value); value != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is not host:port", name, value))
		}
	}
	address("http.listen", c.HTTP.Listen)
	address("cluster.listen", c.Cluster.Listen)
	if _, ok := c.Cluster.Peers[c.Node.ID]; len(c.Cluster.Peers) > 0 && !ok {
		errs = append(errs, fmt.Errorf("cluster.peers does not name this node, %q", c.Node.ID))
	}
	if t := c.Cluster.Timing; t != "" && t != "lan" && t != "wan" {
		errs = append(errs, fmt.Errorf("cluster.timing: %q: want lan or wan", t))
	}
	if t := c.Cluster.TLS; (t.CA == "") != (t.Cert == "") || (t.Cert == "") != (t.Key == "") {
		errs = append(errs, errors.New("cluster.tls needs ca, cert and key"))
	}
	return errors.Join(errs...)
}

// node is what the cluster is told of this node.
func (c daemonConfig) node() cluster.Config {
	timing := cluster.LAN()
	if c.Cluster.Timing == "wan" {
		timing = cluster.WAN()
	}
	return cluster.Config{
		NodeID: c.Node.ID, DataDir: c.Node.Data, Name: c.Cluster.Name,
		Listen: c.Cluster.Listen, Peers: c.Cluster.Peers, Timing: timing,
		TLS: cluster.TLS(c.Cluster.TLS), Insecure: c.Cluster.Insecure,
	}
}

// connectorFile is Kafka Connect's form of a connector.
type connectorFile struct {
	Name   string       `json:"name"`
	Config property.Map `json:"config"`
}

// loadConnectors reads every *.json in dir, in the order of their names. The
// error lists every file that is wrong; the others are returned. There are none
// where dir is "".
func loadConnectors(dir string) ([]connectorFile, error) {
	if dir == "" {
		return nil, nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("connectors: %w", err)
	}
	slices.Sort(paths)
	var out []connectorFile
	var errs []error
	names := map[string]string{}
	for _, path := range paths {
		f, err := loadConnector(path)
		if err == nil && names[f.Name] != "" {
			err = fmt.Errorf("%s: connector %q is also in %s", path, f.Name, names[f.Name])
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		names[f.Name] = path
		out = append(out, f)
	}
	return out, errors.Join(errs...)
}

func loadConnector(path string) (connectorFile, error) {
	var f connectorFile
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: not a connector in Kafka Connect's form, {\"name\": …, \"config\": {…}} with string values: %w", path, err)
	}
	if f.Name == "" || f.Config == nil {
		return f, fmt.Errorf("%s: needs \"name\" and \"config\"", path)
	}
	return f, nil
}
