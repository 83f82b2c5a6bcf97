package proxy

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// naming are the APIs whose responses name brokers: Produce and Fetch do where a
// partition has moved. Share groups, which do so too, are not looked into.
var naming = []kmsg.Key{kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster, kmsg.Produce, kmsg.Fetch}

// readdress returns the frame of a response with proxies in the place of
// brokers. A frame that names no broker is returned as it is.
func (k *Kafka) readdress(c call, frame []byte) ([]byte, error) {
	if !slices.Contains(naming, c.key) {
		return frame, nil
	}
	resp, header, err := c.decode(frame)
	if err != nil || !k.replace(resp) {
		return frame, err
	}
	frame = resp.AppendTo(slices.Clone(frame[:header]))
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-lengthSize))
	return frame, nil
}

// decode reads the frame of the response to c, and returns how long its header
// is.
func (c call) decode(frame []byte) (resp kmsg.Response, header int, err error) {
	resp = c.key.Response()
	resp.SetVersion(c.version)
	header = lengthSize + responseHeaderSize
	if resp.IsFlexible() {
		header++ // the number of tagged fields: none are defined
	}
	if len(frame) < header {
		return nil, 0, fmt.Errorf("%w: a %s response of version %d, %d bytes", errMalformed,
			c.key.Name(), c.version, len(frame)-lengthSize)
	}
	if err := resp.ReadFrom(frame[header:]); err != nil {
		return nil, 0, fmt.Errorf("%w: a %s response of version %d: %w", errMalformed, c.key.Name(), c.version, err)
	}
	return resp, header, nil
}

// replace replaces the addresses in a response and tells whether there were any.
func (k *Kafka) replace(resp kmsg.Response) bool {
	replaced := false
	for _, a := range addresses(resp) {
		if *a.host == "" || *a.port <= 0 {
			continue // no broker is known
		}
		k.redirect(a)
		replaced = true
	}
	return replaced
}

// address is where a response names a broker.
type address struct {
	host *string
	port *int32
}

// redirect puts the proxy of a broker in its place.
func (k *Kafka) redirect(a address) {
	addr := net.JoinHostPort(*a.host, strconv.Itoa(int(*a.port)))
	p, ok := k.names[addr]
	if !ok {
		k.t.Errorf("proxy: a client was sent to the broker %s, which has no proxy", addr)
		return
	}
	*a.host, *a.port = "127.0.0.1", int32(p.port.Number)
}

// addresses are all the brokers that a response names.
func addresses(resp kmsg.Response) (all []address) {
	switch r := resp.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			all = append(all, address{&r.Brokers[i].Host, &r.Brokers[i].Port})
		}
	case *kmsg.FindCoordinatorResponse:
		all = append(all, address{&r.Host, &r.Port})
		for i := range r.Coordinators {
			all = append(all, address{&r.Coordinators[i].Host, &r.Coordinators[i].Port})
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			all = append(all, address{&r.Brokers[i].Host, &r.Brokers[i].Port})
		}
	case *kmsg.ProduceResponse:
		for i := range r.Brokers {
			all = append(all, address{&r.Brokers[i].Host, &r.Brokers[i].Port})
		}
	case *kmsg.FetchResponse:
		for i := range r.Brokers {
			all = append(all, address{&r.Brokers[i].Host, &r.Brokers[i].Port})
		}
	}
	return all
}
