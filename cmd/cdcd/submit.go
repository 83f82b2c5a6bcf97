package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	"cdcd/cluster"
	"cdcd/connector/property"
	"cdcd/offsets"
)

// submit gives the cluster the connectors of this node's files, where it does not
// have them just so. A file that is gone changes nothing.
func submit(ctx context.Context, node *cluster.Node, key property.Key, files []connectorFile, log *zap.Logger) error {
	for _, f := range files {
		var known []byte
		node.Read(func(s *offsets.State) { known = s.Config(f.Name) })
		if known != nil {
			props, err := openConfig(key, f.Name, known)
			if err == nil && property.Equal(props, f.Config) {
				continue
			}
			log.Info("the connector's file replaces the configuration in the cluster", zap.String("connector", f.Name))
		}
		config, err := sealConfig(key, f.Name, f.Config)
		if err != nil {
			return err
		}
		if err := node.Apply(ctx, offsets.PutConnector{Connector: f.Name, Config: config}); err != nil {
			return fmt.Errorf("give connector %s to the cluster: %w", f.Name, err)
		}
	}
	return nil
}

// secretFile is where a node that is alone keeps the key that nobody configured.
const secretFile = "secret"

// secretKey is what seals passwords in the raft log: of cluster.secret, which all
// nodes have in common; a node that is alone makes one.
func secretKey(c daemonConfig, files []connectorFile) (property.Key, error) {
	if c.Cluster.Secret != "" {
		text, err := property.Resolve(c.Cluster.Secret)
		if err != nil {
			return property.Key{}, fmt.Errorf("cluster.secret: %w", err)
		}
		return property.NewKey(property.NewSecret(text))
	}
	if len(c.Cluster.Peers) > 1 {
		return property.Key{}, lacksSecret(files)
	}
	return ownKey(filepath.Join(c.Node.Data, secretFile))
}

// lacksSecret is nil where nothing has to be sealed.
func lacksSecret(files []connectorFile) error {
	var errs []error
	for _, f := range files {
		if names := property.HasLiteralSecrets(f.Config); len(names) > 0 {
			errs = append(errs, fmt.Errorf("connector %s: %s would be in the raft log in clear: set cluster.secret, the same random text on every node, or refer to it with ${file:/path} or ${env:NAME}", f.Name, strings.Join(names, ", ")))
		}
	}
	return errors.Join(errs...)
}

func ownKey(path string) (property.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text())
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600))
	}
	if err != nil {
		return property.Key{}, fmt.Errorf("the key for passwords in the raft log: %w", err)
	}
	return property.NewKey(property.NewSecret(strings.TrimSpace(string(text))))
}
