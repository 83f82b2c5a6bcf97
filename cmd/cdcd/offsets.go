package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/event"
	"cdcd/offsets"
	"cdcd/sink"
)

func offsetsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "offsets",
		Short: "Show where a connector goes on at the next start, or decide it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(offsetsShowCommand(), offsetsResetCommand())
	return cmd
}

// offsetsFlags are the flags of whatever looks at one connector.
type offsetsFlags struct {
	config    string
	connector string
}

func (f *offsetsFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "cdcd.yaml", "the daemon's configuration")
	cmd.Flags().StringVar(&f.connector, "connector", "", "name of the connector")
	require(cmd, "connector")
}

// require makes flags that were registered required.
func require(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
}

// How long raft and Kafka may take to answer. A node alone elects itself at once.
const (
	raftPatience  = 10 * time.Second
	kafkaPatience = 8 * time.Second
)

// held is a connector that does not run, or is only looked at.
type held struct {
	store    store
	close    func() error
	config   connector.Config
	settings settings
	standing connector.Standing // once looked at
	client   *cluster.Client    // of a cluster that runs, else nil
}

// store is what the cluster knows of a connector, for an operator to see and to
// decide.
type store interface {
	Load(ctx context.Context) (cluster.Stored, error)
	Session(ctx context.Context, p offsets.Producer, above offsets.SessionID) (offsets.SessionID, error)
	Reset(ctx context.Context, o offsets.Offset) error
	tableStore
}

// tableStore is what the cluster knows of the tables of a connector.
type tableStore interface {
	History(ctx context.Context) ([]cluster.Kept, error)
	// Forget and PutTables need a session.
	Forget(ctx context.Context, v offsets.TableVersion) error
	PutTables(ctx context.Context, tables []cluster.Table) error
}

// hold finds a connector. Of a node that is alone the daemon does not run, and its
// data folder is opened; of several nodes the cluster runs.
func hold(ctx context.Context, f offsetsFlags, log *zap.Logger) (*held, error) {
	s, err := loadSettings(f.config, log)
	if err != nil {
		return nil, err
	}
	cfg, err := find(s.connectors, f.connector)
	if err != nil {
		return nil, err
	}
	h := &held{config: cfg, settings: s}
	if len(s.daemon.Cluster.Peers) > 1 {
		err = h.ask(ctx, s.daemon)
	} else {
		err = h.open(ctx, s.daemon, log)
	}
	return h, err
}

// looking does something with what is known of the connector that flags name.
func looking(cmd *cobra.Command, f offsetsFlags, do func(*held) error) error {
	return holding(cmd, f, (*held).look, do)
}

// changing is looking at a connector that has stopped.
func changing(cmd *cobra.Command, f offsetsFlags, do func(*held) error) error {
	return holding(cmd, f, func(h *held, ctx context.Context) error {
		if err := h.waitStopped(ctx); err != nil {
			return err
		}
		return h.look(ctx)
	}, do)
}

func holding(cmd *cobra.Command, f offsetsFlags, first func(*held, context.Context) error, do func(*held) error) error {
	h, err := hold(cmd.Context(), f, newLogger(cmd.ErrOrStderr(), quiet))
	if err != nil {
		return err
	}
	if err := first(h, cmd.Context()); err != nil {
		return errors.Join(err, h.close())
	}
	return errors.Join(do(h), h.close())
}

// ask has the running cluster answer.
func (h *held) ask(ctx context.Context, c daemonConfig) error {
	client, err := cluster.Dial(ctx, c.node())
	if err != nil {
		return err
	}
	h.client, h.store, h.close = client, client.Store(h.config.Name), client.Close
	return nil
}

// open starts raft on the data folder of a node that is alone.
func (h *held) open(ctx context.Context, c daemonConfig, log *zap.Logger) error {
	node, err := openNode(ctx, c, log)
	if err != nil {
		return err
	}
	var placed offsets.Generation
	node.Read(func(s *offsets.State) { placed = s.Generation(h.config.Name) })
	h.store, h.close = node.Store(h.config.Name, placed), node.Close
	return nil
}

func find(all []connector.Config, name string) (connector.Config, error) {
	var names []string
	for _, c := range all {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return connector.Config{}, fmt.Errorf("--connector: there is no connector %q; there are: %s", name, strings.Join(names, ", "))
}

// openNode starts raft on the data folder of a node that is alone. A folder that
// no daemon has used is not made into one.
func openNode(ctx context.Context, c daemonConfig, log *zap.Logger) (*cluster.Node, error) {
	if _, err := os.Stat(filepath.Join(c.Node.Data, "node.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("node.data %s is not the data folder of a node: no daemon has run on it", c.Node.Data)
	}
	cfg := c.node()
	cfg.Logger = log.Named("cluster")
	node, err := cluster.Open(ctx, cfg)
	if errors.Is(err, cluster.ErrLocked) {
		return nil, fmt.Errorf("%w. Stop the daemon first; while it runs, /status shows where its connectors stand", err)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, raftPatience)
	defer cancel()
	if err := node.WaitLeader(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for raft: %w", err), node.Close())
	}
	return node, nil
}

// look fills the standing from raft and Kafka. A Kafka that does not answer is no
// error.
func (h *held) look(ctx context.Context) error {
	known, err := h.known(ctx)
	if err != nil {
		return err
	}
	h.standing = connector.Standing{Connector: h.config.Name, Delivery: h.config.Delivery, Raft: known}
	ctx, cancel := context.WithTimeout(ctx, kafkaPatience)
	defer cancel()
	h.standing.Kafka, h.standing.Unread = sink.Peek(ctx, sink.TxnConfig{
		Config: h.config.Sink.Apply(h.settings.kafka), Connector: h.config.Name, Cluster: h.settings.daemon.Cluster.Name,
	})
	return nil
}

func (h *held) known(ctx context.Context) (connector.Stored, error) {
	ctx, cancel := context.WithTimeout(ctx, raftPatience)
	defer cancel()
	known, err := h.store.Load(ctx)
	return storedOf(known), err
}

// describe says what raft and Kafka know.
func describe(s connector.Standing) string {
	return fmt.Sprintf("connector %s\n  raft:  %s\n  Kafka: %s\n", s.Connector, inRaft(s.Raft), inKafka(s))
}

func inRaft(known connector.Stored) string {
	switch {
	case known.State.N == 0 && known.Writer > 0:
		return "forgotten by cdcd offsets reset --to kafka"
	case known.State.N == 0:
		return "nothing"
	}
	how := "without Kafka transactions, or by cdcd offsets reset"
	if known.Fenced {
		how = "in Kafka transactions"
	}
	return fmt.Sprintf("%s, stored by session %d %s", place(known.State), known.Writer, how)
}

func inKafka(s connector.Standing) string {
	topic := sink.StateTopic(s.Connector)
	switch {
	case s.Unread != nil:
		return fmt.Sprintf("not known: %v", s.Unread)
	case s.Kafka.Last == nil:
		return "nothing in " + topic
	}
	text := fmt.Sprintf("%s, written by session %d of cluster.name %s to %s", place(s.Kafka.Last.State), s.Kafka.Last.Session, s.Kafka.Last.Cluster, topic)
	if s.Kafka.Open {
		text += "; a transaction is open behind it, which the next start ends"
	}
	return text
}

// place says where a state is. An operator's may be nowhere yet, and knows no
// tables.
func place(s event.State) string {
	switch {
	case s.Position.IsZero():
		return fmt.Sprintf("commit %d, at no position: as at a first start", s.N)
	case s.Schema == 0:
		return fmt.Sprintf("commit %d at %s, with the tables as they are when the connector starts", s.N, s.Position)
	}
	return fmt.Sprintf("commit %d at %s, table version %d", s.N, s.Position, s.Schema)
}

// next says what the next start does.
func next(s connector.Standing) string {
	if s.Unread != nil && s.Delivery != connector.Disabled {
		return "not known without Kafka"
	}
	return verdict(s)
}

// verdict is next where Kafka is taken to hold nothing while it is not known.
func verdict(s connector.Standing) string {
	state, err := s.Next()
	switch {
	case err != nil:
		return fmt.Sprintf("stops: %v", err)
	case state.Position.IsZero():
		return "begins as at a first start, by snapshot.mode"
	}
	return "goes on behind " + place(state)
}
