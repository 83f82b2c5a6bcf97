package proxy_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdcd/internal/kafkatest"
	"cdcd/internal/proxy"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// exchange sends one request of a version and reads its response, as bytes on a
// connection of its own: clients would choose the version themselves.
func exchange(t *testing.T, p *proxy.Proxy, req kmsg.Request, version int16) kmsg.Response {
	t.Helper()
	req.SetVersion(version)
	resp := req.ResponseKind()
	c := dial(t, p)
	if _, err := c.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 7)); err != nil {
		t.Fatal(err)
	}
	header := make([]byte, 8)
	if resp.IsFlexible() {
		header = make([]byte, 9)
	}
	if _, err := io.ReadFull(c.r, header); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(binary.BigEndian.Uint32(header))+4-len(header))
	if _, err := io.ReadFull(c.r, body); err != nil {
		t.Fatal(err)
	}
	if err := resp.ReadFrom(body); err != nil {
		t.Fatal(err)
	}
	return resp
}

func addr(host string, port int32) string { return net.JoinHostPort(host, fmt.Sprint(port)) }

// moved makes the cluster answer Produce and Fetch as one does whose partitions
// have moved: it names the broker that has them now.
func moved(c *kafkatest.Cluster, host string, port int32) {
	produced, fetched := kmsg.NewProduceResponseBroker(), kmsg.NewFetchResponseBroker()
	produced.Host, produced.Port = host, port
	fetched.Host, fetched.Port = host, port
	c.Fake().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		resp.Brokers = append(resp.Brokers, produced)
		return resp, nil, true
	})
	c.Fake().ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		resp.Brokers = append(resp.Brokers, fetched)
		return resp, nil, true
	})
}

// named are the brokers that a response names, sorted.
func named(t *testing.T, resp kmsg.Response) (all []string) {
	t.Helper()
	switch r := resp.(type) {
	case *kmsg.MetadataResponse:
		for _, b := range r.Brokers {
			all = append(all, addr(b.Host, b.Port))
		}
	case *kmsg.DescribeClusterResponse:
		for _, b := range r.Brokers {
			all = append(all, addr(b.Host, b.Port))
		}
	case *kmsg.FindCoordinatorResponse:
		for _, b := range r.Coordinators {
			all = append(all, addr(b.Host, b.Port))
		}
		if len(all) == 0 {
			all = append(all, addr(r.Host, r.Port))
		}
	case *kmsg.ProduceResponse:
		all = append(all, addr(r.Brokers[0].Host, r.Brokers[0].Port))
	case *kmsg.FetchResponse:
		all = append(all, addr(r.Brokers[0].Host, r.Brokers[0].Port))
	default:
		t.Fatalf("%T names no brokers", r)
	}
	slices.Sort(all)
	return all
}

// TestStartKafka_Addresses learns in each way that clients do where brokers are,
// in old and new versions of the protocol, and is told of proxies.
func TestStartKafka_Addresses(t *testing.T) {
	c := kafkatest.Fake(t, kfake.NumBrokers(3))
	k := proxy.StartKafka(t, c.Brokers()...)
	f := func(want int, req kmsg.Request, versions ...int16) {
		t.Helper()
		for _, version := range versions {
			got := named(t, exchange(t, k.Broker(0), req, version))
			name := fmt.Sprint(kmsg.NameForKey(req.Key()), " version ", version)
			if n := len(slices.Compact(slices.Clone(got))); n != want {
				t.Errorf("%s named %v; want %d brokers", name, got, want)
			}
			for _, a := range got {
				if !slices.Contains(k.Brokers(), a) {
					t.Errorf("%s named %s, which is no proxy", name, a)
				}
			}
		}
	}
	f(3, kmsg.NewPtrMetadataRequest(), 1, 8, 12)
	f(3, kmsg.NewPtrDescribeClusterRequest(), 0)
	find := kmsg.NewPtrFindCoordinatorRequest()
	find.CoordinatorKey, find.CoordinatorKeys = "group", []string{"group"}
	f(1, find, 0, 3, 4)
	broker, err := net.ResolveTCPAddr("tcp", c.Brokers()[1])
	if err != nil {
		t.Fatal(err)
	}
	moved(c, broker.IP.String(), int32(broker.Port))
	f(1, kmsg.NewPtrProduceRequest(), 10)
	f(1, kmsg.NewPtrFetchRequest(), 16)
}

// complaints takes what a proxy reports to its test.
type complaints struct {
	testing.TB
	mu   sync.Mutex
	text []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = append(c.text, fmt.Sprintf(format, args...))
}

func (c *complaints) want(t *testing.T, part string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.text) != 1 || !strings.Contains(c.text[0], part) {
		t.Errorf("complaints are %q; want one with %q", c.text, part)
	}
}

// TestStartKafka_Stranger fails a test whose clients would get past the proxies.
func TestStartKafka_Stranger(t *testing.T) {
	cs := &complaints{TB: t}
	c := kafkatest.Fake(t, kfake.NumBrokers(2))
	k := proxy.StartKafka(cs, c.Brokers()[0])
	exchange(t, k.Broker(0), kmsg.NewPtrMetadataRequest(), 12)
	cs.want(t, c.Brokers()[1]+", which has no proxy")
}

// TestStartKafka_Malformed ends connections that do not carry Kafka's protocol.
func TestStartKafka_Malformed(t *testing.T) {
	server, _ := echo(t)
	f := func(sent, complaint string) {
		t.Helper()
		cs := &complaints{TB: t}
		c := dial(t, proxy.StartKafka(cs, server).Broker(0))
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		c.wantClosed()
		cs.want(t, complaint)
	}
	f("GET / HTTP/1.1\r\n\r\n", "not a Kafka frame: it has 1195725856 bytes")
	f("\x00\x00\x00\x01x", "it has 1 bytes")
	f("\x00\x00\x00\x04four", "a request of 4 bytes")
	// The server answers with the request: its key and version, 3 and 12, are no
	// correlation id,
	f("\x00\x00\x00\x08\x00\x03\x00\x0c\x00\x00\x00\x07", "a response to no request")
	// unless the request has them as its own; but then the response is too short,
	f("\x00\x00\x00\x08\x00\x03\x00\x0c\x00\x03\x00\x0c", "a Metadata response of version 12")
	f("\x00\x00\x00\x08\x00\x03\x00\x01\x00\x03\x00\x01", "a Metadata response of version 1")
}
