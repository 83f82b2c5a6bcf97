package sink

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// client exchanges requests with brokers. Connections, TLS and SASL are
// kafka-go's; a connection carries one request at a time.
type client struct {
	transport *kafka.Transport
	bootstrap net.Addr
	format    *kmsg.RequestFormatter
	clientID  string
	timeout   time.Duration
	topicIDs  bool         // brokers tell them: since Metadata v10, in 2.8
	next      atomic.Int32 // correlation ids
	turn      atomic.Int32 // which broker ask tries
	known     atomic.Pointer[[]int32]
	forgot    atomic.Int64 // when forgetLayout last did, in nanoseconds
}

// layoutTTL is how long kafka-go may not know a broker that joined or moved to
// another address. Leaders do not depend on it.
const layoutTTL = 2 * time.Second

func newClient(c Config) (*client, error) {
	mechanism, err := c.SASL.mechanism()
	if err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	}
	return &client{
		transport: &kafka.Transport{
			Dial:           dial,
			DialTimeout:    10 * time.Second,
			IdleTimeout:    time.Minute,
			MetadataTTL:    layoutTTL,
			MetadataTopics: []string{}, // brokers only: topics are in our own table
			ClientID:       c.ClientID,
			TLS:            c.TLS,
			SASL:           mechanism,
		},
		bootstrap: kafka.TCP(c.Brokers...),
		format:    kmsg.NewRequestFormatter(kmsg.FormatterClientID(c.ClientID)),
		clientID:  c.ClientID,
		timeout:   c.RequestTimeout,
	}, nil
}

func (c *client) close() { c.transport.CloseIdleConnections() }

// do sends req, at the version that is set in it, to a broker.
func (c *client) do(ctx context.Context, broker int32, req kmsg.Request) (kmsg.Response, error) {
	resp, _, err := c.send(ctx, broker, req)
	return resp, err
}

// send is do, and says whether the broker may have seen the request.
func (c *client) send(ctx context.Context, broker int32, req kmsg.Request) (kmsg.Response, bool, error) {
	id := c.next.Add(1)
	resp := req.ResponseKind()
	resp.SetVersion(req.GetVersion())
	x := &exchange{
		broker: broker, key: req.Key(), correlation: id, response: resp,
		parts: [][]byte{c.format.AppendRequest(nil, req, id)},
	}
	sent, err := c.run(ctx, x)
	return resp, sent, err
}

// run carries out x within the request timeout. When it returns, x.parts is no
// longer read; sent says whether the broker may have seen the request.
func (c *client) run(ctx context.Context, x *exchange) (sent bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	x.done = make(chan struct{})
	if _, err := c.transport.RoundTrip(ctx, c.bootstrap, x); err != nil {
		if errors.Is(err, kafka.BrokerNotAvailable) {
			c.forgetLayout()
		}
		return x.abandon(), err
	}
	return true, nil
}

// forgetLayout has kafka-go learn the brokers at once, when ours is one that it
// does not know yet.
func (c *client) forgetLayout() {
	now := time.Now().UnixNano()
	if last := c.forgot.Load(); now-last > int64(layoutTTL/4) && c.forgot.CompareAndSwap(last, now) {
		c.transport.CloseIdleConnections()
	}
}

// ask sends req to a broker that any of them can answer: one of those configured
// first, and after a failure the next one known.
func (c *client) ask(ctx context.Context, req kmsg.Request) (kmsg.Response, error) {
	broker := anyBroker
	if known := c.known.Load(); known != nil && len(*known) > 0 {
		if i := int(c.turn.Load()) % (len(*known) + 1); i > 0 {
			broker = (*known)[i-1]
		}
	}
	resp, err := c.do(ctx, broker, req)
	if err != nil {
		c.turn.Add(1)
	}
	return resp, err
}

// metadata asks for topics by name; the response has each of them.
func (c *client) metadata(ctx context.Context, names []string) (*kmsg.MetadataResponse, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.SetVersion(7)
	if c.topicIDs {
		req.SetVersion(10)
	}
	req.Topics = []kmsg.MetadataRequestTopic{} // nil would mean all of them
	for _, name := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		req.Topics = append(req.Topics, t)
	}
	r, err := c.ask(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := r.(*kmsg.MetadataResponse)
	c.learn(resp)
	if len(resp.Topics) != len(names) {
		return nil, kafka.NetworkException
	}
	return resp, nil
}

// learn notes the brokers that may be asked when those configured are down.
func (c *client) learn(resp *kmsg.MetadataResponse) {
	ids := make([]int32, len(resp.Brokers))
	for i := range resp.Brokers {
		ids[i] = resp.Brokers[i].NodeID
	}
	c.known.Store(&ids)
}

// brokerList prints addresses for messages.
func brokerList(addrs []string) string { return strings.Join(addrs, ", ") }
