package proxy

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Kafka is a Kafka cluster behind proxies, one for each broker. Its methods may
// be called concurrently.
type Kafka struct {
	t       testing.TB
	proxies []*Proxy
	names   map[string]*Proxy // by the address that a broker gives as its own
	holds   *holds

	refusals refusals
}

// StartKafka starts a proxy in front of each broker of a cluster. They must be
// all of its brokers, by the addresses that they advertise, as those of
// kafkatest.Cluster are; a response that names another fails the test, since a
// client would get past the proxies.
func StartKafka(t testing.TB, brokers ...string) *Kafka {
	t.Helper()
	k := &Kafka{t: t, names: map[string]*Proxy{}, holds: &holds{}}
	for _, addr := range brokers {
		p := reserve(t, addr, func() splitter { return newFramer(k).next }, k.holds)
		k.proxies, k.names[addr] = append(k.proxies, p), p
	}
	k.Heal()
	return k
}

// Brokers are the addresses of the proxies, in the order of the brokers.
func (k *Kafka) Brokers() []string {
	addrs := make([]string, len(k.proxies))
	for i, p := range k.proxies {
		addrs[i] = p.Addr()
	}
	return addrs
}

// Broker is the proxy in front of broker i.
func (k *Kafka) Broker(i int) *Proxy { return k.proxies[i] }

// Hold holds the next frame of an API key and direction, whichever broker it
// goes to or comes from. Each Hold holds one frame, those of the same kind in
// the order in which they were made.
func (k *Kafka) Hold(key kmsg.Key, d Direction) *Hold { return k.holds.arm(kind{key, d}) }

// Frames is how many frames of an API key and direction have arrived at the
// proxies so far, those included that did not get further. A frame that is held
// has been counted.
func (k *Kafka) Frames(key kmsg.Key, d Direction) int { return k.holds.frames(key, d) }

// Cut is Proxy.Cut for all brokers.
func (k *Kafka) Cut() { k.each((*Proxy).Cut) }

// HalfOpen is Proxy.HalfOpen for all brokers.
func (k *Kafka) HalfOpen(d Direction) { k.each(func(p *Proxy) { p.HalfOpen(d) }) }

// Heal is Proxy.Heal for all brokers.
func (k *Kafka) Heal() { k.each((*Proxy).Heal) }

func (k *Kafka) each(f func(*Proxy)) {
	for _, p := range k.proxies {
		f(p)
	}
}
