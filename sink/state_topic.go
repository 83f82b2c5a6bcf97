package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
)

// StateTopic is the name of a connector's state topic.
func StateTopic(connector string) string { return "__cdcd-state-" + connector }

// openStateTopic finds the state topic, or makes it, and refuses one that could
// lose a state: the sink's first topic, so that a wrong one costs nothing.
func (t *Transactional) openStateTopic(ctx context.Context) error {
	return t.insist(ctx, "state topic", Write, func(ctx context.Context) (bool, error) {
		resp, err := t.k.client.metadata(ctx, []string{t.stateTopic})
		if err != nil {
			return true, err
		}
		if err := codeError(resp.Topics[0].ErrorCode); errors.Is(err, kafka.UnknownTopicOrPartition) {
			return true, t.k.create(ctx, resp.ControllerID, t.newStateTopic())
		} else if err != nil {
			return true, lacking(err, "Describe", t.stateTopic)
		}
		t.kafkaID = clusterID(resp)
		return true, t.adopt(ctx, &resp.Topics[0])
	})
}

// adopt checks the state topic and enters it among the topics.
func (t *Transactional) adopt(ctx context.Context, m *kmsg.MetadataResponseTopic) error {
	if n := len(m.Partitions); n > 1 {
		return fmt.Errorf("%w: %s has %d partitions instead of one; delete it, if no position in it is needed, and have it made again",
			ErrStateTopic, t.stateTopic, n)
	}
	if err := t.checkSettings(ctx); err != nil {
		return err
	}
	limit, err := t.k.limit(ctx, t.stateTopic)
	if err != nil {
		return err
	}
	topic := &topic{name: t.stateTopic, limit: limit}
	if err := topic.apply(m); err != nil {
		return err
	}
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	t.k.topics[topic.name] = topic
	topic.partitions[0].raw = true
	return nil
}

// stateSettings are what keeps a last state for ever, and readable by us.
var stateSettings = []struct{ name, value, why string }{
	{"cleanup.policy", "compact", "the last position must be kept however old it is"},
	{"retention.ms", "-1", "nothing may be deleted by age if compaction is ever switched off"},
	{"compression.type", "producer", "it is read back as it was written"},
}

func (t *Transactional) newStateTopic() kmsg.CreateTopicsRequestTopic {
	r := kmsg.NewCreateTopicsRequestTopic()
	r.Topic, r.NumPartitions, r.ReplicationFactor = t.stateTopic, 1, t.k.cfg.Topics.Replication
	add := func(name, value string) {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = name, &value
		r.Configs = append(r.Configs, c)
	}
	for _, s := range stateSettings {
		add(s.name, s.value)
	}
	if v := t.k.cfg.Topics.Configs["min.insync.replicas"]; v != "" {
		add("min.insync.replicas", v)
	}
	return r
}

// checkSettings names every setting of the state topic that is wrong, and how to
// put it right.
func (t *Transactional) checkSettings(ctx context.Context) error {
	values, err := t.k.client.topicConfigs(ctx, t.stateTopic)
	if errors.Is(err, kafka.TopicAuthorizationFailed) || errors.Is(err, kafka.ClusterAuthorizationFailed) {
		t.k.log.Warn("may not describe the state topic's configuration, and cannot check that it keeps the position",
			zap.String("topic", t.stateTopic))
		return nil
	}
	if err != nil {
		return err
	}
	var wrong, set []string
	for _, s := range stateSettings {
		if got, ok := values[s.name]; ok && got != s.value {
			wrong = append(wrong, fmt.Sprintf("%s is %q (%s)", s.name, got, s.why))
			set = append(set, s.name+"="+s.value)
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: %s; run kafka-configs --alter --entity-type topics --entity-name %s --add-config %s",
		ErrStateTopic, t.stateTopic, strings.Join(wrong, ", "), t.stateTopic, strings.Join(set, ","))
}

// topicConfigs asks for a topic's configuration.
func (c *client) topicConfigs(ctx context.Context, name string) (map[string]string, error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.SetVersion(1)
	resource := kmsg.NewDescribeConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeTopic
	resource.ResourceName = name
	req.Resources = append(req.Resources, resource)
	r, err := c.ask(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := r.(*kmsg.DescribeConfigsResponse)
	if len(resp.Resources) != 1 {
		return nil, kafka.NetworkException
	}
	values := map[string]string{}
	for _, v := range resp.Resources[0].Configs {
		if v.Value != nil {
			values[v.Name] = *v.Value
		}
	}
	return values, codeError(resp.Resources[0].ErrorCode)
}

// lost ends the sink when a topic was deleted. The next one writes the open
// transaction again, whole. Made anew, the state topic would not know the position.
func (g *group) lost(topic string, err error) error {
	if topic != g.stateTopic {
		err = &ResolveError{Op: "metadata", Err: err}
		g.k.fail(err)
		return err
	}
	err = fmt.Errorf("%w: %s was deleted while in use, and the position in it is lost. Every commit is in raft unless cdcd is killed now: stop it, and go on with %s",
		ErrStateTopic, g.stateTopic, ResetCommand(g.connector, "last"))
	g.k.fail(err)
	return err
}

// writeState puts the table versions and the state of an interval that was just
// closed behind its records.
func (g *group) writeState(in *interval) {
	b := g.stateBatch()
	for _, t := range g.tables {
		b.addPlain([]byte(t.key()), t.pack())
		if len(b.buf) > maxStateBatch {
			g.pushState(in, b)
			b = g.stateBatch()
		}
	}
	g.tables = nil
	key, value := g.encode(*in.state)
	b.addPlain(key, value)
	g.pushState(in, b)
}

// maxStateBatch is where a batch of table versions is full: the first load of a
// server has thousands. One version alone is smaller than a topic's limit.
const maxStateBatch = 256 << 10

func (g *group) stateBatch() *batch {
	return &batch{buf: g.k.bufs.get(smallest)[:headerSize], opened: time.Now()}
}

func (g *group) pushState(in *interval, b *batch) {
	g.k.held += int64(cap(b.buf))
	g.k.pushInto(in, g.k.topics[g.stateTopic].partitions[0], b)
}

// addPlain adds a record with a key and a value.
func (b *batch) addPlain(key, value []byte) {
	r := format.Record{KeyLen: int32(len(key)), ValueLen: int32(len(value))}
	body := recordBody(b.records, &r)
	b.add(body, slices.Concat(key, value), &r)
}

// record is the state record of s in this session.
func (t *Transactional) record(s event.State) StateRecord {
	return StateRecord{
		Format: stateFormat, State: s, Session: t.session,
		Cluster: t.cfg.Cluster, Kafka: t.kafkaID, Mode: ModeExactlyOnce,
	}
}

func (t *Transactional) encodeState(s event.State) (key, value []byte) {
	value, err := t.record(s).marshal()
	if err != nil {
		t.k.fail(fmt.Errorf("sink: state record: %w", err)) // a position that cannot be written
	}
	return []byte(stateKey), value
}
