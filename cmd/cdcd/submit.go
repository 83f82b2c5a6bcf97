package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
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

// submittedFile is where a node keeps what it gave to the cluster of its files,
// sealed as it is there.
const submittedFile = "submitted.json"

// submission gives the cluster the connectors of this node's files. A file counts
// when it is new or has changed since this node gave it: what was changed since by
// another node's file, or deleted, stays, and so does whether it was paused. A file
// that is gone changes nothing.
type submission struct {
	to   registry
	key  property.Key
	data string // the node's folder
	log  *zap.Logger
}

// registry is what the cluster has of connectors.
type registry interface {
	Read(look func(*offsets.State))
	Apply(ctx context.Context, c offsets.Command) error
}

// submit returns when the cluster has all that is to be given. What the registry
// shows is current.
func (s submission) submit(ctx context.Context, files []connectorFile) error {
	before, err := readSubmitted(s.data)
	if err != nil {
		return err
	}
	given := map[string]json.RawMessage{}
	for _, f := range files {
		if s.holds(before[f.Name], f) {
			given[f.Name] = before[f.Name]
			s.leave(f)
			continue
		}
		if given[f.Name], err = s.give(ctx, f); err != nil {
			return err
		}
	}
	return writeSubmitted(s.data, given)
}

// holds tells whether a stored configuration is that of a file. One that cannot be
// opened is not: cluster.secret has changed.
func (s submission) holds(config []byte, f connectorFile) bool {
	props, err := openConfig(s.key, f.Name, config)
	return err == nil && property.Equal(props, f.Config)
}

func (s submission) known(f connectorFile) (config []byte) {
	s.to.Read(func(st *offsets.State) { config = st.Config(f.Name) })
	return config
}

// leave says what becomes of a file that has not changed.
func (s submission) leave(f connectorFile) {
	log := s.log.With(zap.String("connector", f.Name))
	switch known := s.known(f); {
	case known == nil:
		log.Warn("the connector was deleted, and stays so: to have it again change its file, or start once without it")
	case !s.holds(known, f):
		log.Info("the cluster has another configuration than the connector's file, which this node gave it before and has not changed since")
	}
}

// give returns what the cluster has then.
func (s submission) give(ctx context.Context, f connectorFile) ([]byte, error) {
	known := s.known(f)
	if known != nil && s.holds(known, f) {
		return known, nil
	}
	if known != nil {
		s.log.Info("the connector's file replaces the configuration in the cluster", zap.String("connector", f.Name))
	}
	config, err := sealConfig(s.key, f.Name, f.Config)
	if err != nil {
		return nil, err
	}
	if err := s.to.Apply(ctx, offsets.PutConnector{Connector: f.Name, Config: config}); err != nil {
		return nil, fmt.Errorf("give connector %s to the cluster: %w", f.Name, err)
	}
	return config, nil
}

func readSubmitted(data string) (given map[string]json.RawMessage, err error) {
	path := filepath.Join(data, submittedFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, fmt.Errorf("%s is damaged; without it every connector's file counts as new: %w", path, err)
	}
	return given, nil
}

func writeSubmitted(data string, given map[string]json.RawMessage) error {
	text, err := json.Marshal(given)
	if err != nil {
		return err
	}
	return cluster.WriteFile(data, submittedFile, text)
}

// forgetSubmitted has every file count as new at the next start.
func forgetSubmitted(data string) error {
	err := os.Remove(filepath.Join(data, submittedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
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
