package sink

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cdcd/sink/format"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
)

// defaultLimit is Kafka's default max.message.bytes: 1 MiB and the 12 bytes of
// offset and length.
const defaultLimit = 1<<20 + 12

// topic is one topic's partitions and limit. Fields are guarded by Kafka.mu.
type topic struct {
	name       string
	id         [16]byte // zero while not known
	limit      int      // bytes a batch may have: max.message.bytes
	partitions []*partition
}

// topic returns the topic of a record. A new one is looked up without the lock.
func (k *Kafka) topic(ctx context.Context, ref *format.Topic) (*topic, error) {
	if ref == k.lastRef {
		return k.last, nil
	}
	t := k.interns[ref]
	if t == nil {
		t = k.topics[ref.Name]
	}
	if t == nil {
		k.mu.Unlock()
		found, err := k.lookup(ctx, ref.Name)
		k.mu.Lock()
		if err != nil {
			return nil, err
		}
		t = found
		k.topics[ref.Name] = t
	}
	k.interns[ref], k.lastRef, k.last = t, ref, t
	return t, nil
}

// lookup asks Kafka for a topic until there is an answer, and makes it when it
// does not exist.
func (k *Kafka) lookup(ctx context.Context, name string) (*topic, error) {
	ctx, cancel := k.bound(ctx)
	defer cancel()
	for n := 1; ; n++ {
		t, err := k.find(ctx, name)
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if k.tolerateTopic(name, err) == Fatal {
			return nil, fmt.Errorf("sink: topic %s: %w", name, err)
		}
		k.sleep(ctx, backoff(min(n, 4))) // a topic that was just made is there soon
	}
}

// find is one try of lookup. After it made the topic it says LeaderNotAvailable:
// the broker that is asked next may not know of it yet.
func (k *Kafka) find(ctx context.Context, name string) (*topic, error) {
	resp, err := k.client.metadata(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	m := &resp.Topics[0]
	switch err := codeError(m.ErrorCode); {
	case errors.Is(err, kafka.UnknownTopicOrPartition):
		return nil, k.createData(ctx, resp.ControllerID, name)
	case err != nil:
		return nil, lacking(err, "Describe", name)
	}
	t := &topic{name: name}
	if t.limit, err = k.limit(ctx, name); err != nil {
		return nil, err
	}
	return t, t.apply(m)
}

// errRemade means that a topic in use was deleted: what was written to it is gone,
// and what is queued has lost its place. It is read again from the last committed
// position.
var errRemade = errors.New("it was deleted while in use")

// apply takes over the partitions of a response. Another id, or fewer of them than
// before, means that the topic was deleted and made again.
func (t *topic) apply(m *kmsg.MetadataResponseTopic) error {
	none := [16]byte{}
	switch {
	case len(m.Partitions) == 0:
		return kafka.LeaderNotAvailable
	case len(m.Partitions) < len(t.partitions):
		return fmt.Errorf("sink: topic %s has %d partitions and had %d: %w, and made again; restart the connector to read again from the last committed position",
			t.name, len(m.Partitions), len(t.partitions), errRemade)
	case t.id != none && m.TopicID != none && t.id != m.TopicID:
		return fmt.Errorf("sink: topic %s: %w, and made again", t.name, errRemade)
	}
	t.id = m.TopicID
	for i := len(t.partitions); i < len(m.Partitions); i++ {
		t.partitions = append(t.partitions, &partition{
			topic: t, index: int32(i), leader: leaderOf(m, int32(i)), owner: noProducer,
		})
	}
	return nil
}

// leaderOf is anyBroker while a partition has no leader.
func leaderOf(m *kmsg.MetadataResponseTopic, index int32) int32 {
	for i := range m.Partitions {
		p := &m.Partitions[i]
		// A missing replica (9) does not make the leader less of one.
		if p.Partition == index && (p.ErrorCode == 0 || p.ErrorCode == int16(kafka.ReplicaNotAvailable)) {
			return max(p.Leader, anyBroker)
		}
	}
	return anyBroker
}

// createData makes a topic of records as configured.
func (k *Kafka) createData(ctx context.Context, controller int32, name string) error {
	if !k.cfg.Topics.AutoCreate {
		return ErrNoTopic
	}
	return k.create(ctx, controller, k.newTopic(name))
}

// create makes a topic. Somebody else may do so at the same time. It never
// returns nil: the topic is there when metadata has it.
func (k *Kafka) create(ctx context.Context, controller int32, t kmsg.CreateTopicsRequestTopic) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.SetVersion(4) // -1 for the broker's defaults (KIP-464)
	req.TimeoutMillis = int32(k.cfg.RequestTimeout.Milliseconds() * 2 / 3)
	req.Topics = append(req.Topics, t)
	r, err := k.client.do(ctx, controller, req)
	if err != nil {
		return err
	}
	resp := r.(*kmsg.CreateTopicsResponse)
	if len(resp.Topics) != 1 {
		return kafka.NetworkException
	}
	switch err := codeError(resp.Topics[0].ErrorCode); {
	case err == nil:
		k.log.Info("topic created", zap.String("topic", t.Topic))
	case !errors.Is(err, kafka.TopicAlreadyExists):
		return fmt.Errorf("create: %w%s", lacking(err, "Create", t.Topic), detail(resp.Topics[0].ErrorMessage))
	}
	return kafka.LeaderNotAvailable
}

func (k *Kafka) newTopic(name string) kmsg.CreateTopicsRequestTopic {
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic = name
	t.NumPartitions = k.cfg.Topics.Partitions
	t.ReplicationFactor = k.cfg.Topics.Replication
	for key, value := range k.cfg.Topics.Configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = key, &value
		t.Configs = append(t.Configs, c)
	}
	return t
}

// limit asks for max.message.bytes. Where we may not see it, Kafka's default
// stands in.
func (k *Kafka) limit(ctx context.Context, name string) (int, error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.SetVersion(1)
	resource := kmsg.NewDescribeConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeTopic
	resource.ResourceName = name
	resource.ConfigNames = []string{"max.message.bytes"}
	req.Resources = append(req.Resources, resource)
	r, err := k.client.ask(ctx, req)
	if err != nil {
		return 0, err
	}
	resp := r.(*kmsg.DescribeConfigsResponse)
	if len(resp.Resources) != 1 {
		return 0, kafka.NetworkException
	}
	return k.readLimit(name, &resp.Resources[0])
}

func (k *Kafka) readLimit(name string, r *kmsg.DescribeConfigsResponseResource) (int, error) {
	err := codeError(r.ErrorCode)
	switch {
	case errors.Is(err, kafka.TopicAuthorizationFailed), errors.Is(err, kafka.ClusterAuthorizationFailed):
		k.log.Warn("may not describe the topic's configuration, assuming the default max.message.bytes",
			zap.String("topic", name), zap.Int("limit", defaultLimit))
		return defaultLimit, nil
	case err != nil:
		return 0, err
	}
	for _, c := range r.Configs {
		if c.Name != "max.message.bytes" || c.Value == nil {
			continue
		}
		if n, err := strconv.Atoi(*c.Value); err == nil && n > headerSize {
			return n, nil
		}
	}
	return defaultLimit, nil
}

// tolerateTopic tells a failed lookup and what it calls for.
func (k *Kafka) tolerateTopic(name string, err error) Class {
	class := Classify(Write, err)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !errors.Is(err, kafka.LeaderNotAvailable) { // a new topic is no failure
		k.failed(Failure{Op: "topic", Broker: anyBroker, Topic: name, Partition: -1, Class: class, Err: err})
	}
	return class
}

// bound is ctx, ended also by the end of the sink.
func (k *Kafka) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(k.ctx, func() { cancel(context.Cause(k.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

func (k *Kafka) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func detail(message *string) string {
	if message == nil {
		return ""
	}
	return ": " + *message
}
