package kafkatest

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// properties is the server.properties of one node of a cluster in which every
// node is broker and controller.
func properties(config Config, nodes []*process, i int) string {
	n, voters := nodes[i], make([]string, len(nodes))
	for j, v := range nodes {
		voters[j] = fmt.Sprintf("%d@%s", j+1, v.controller.Addr())
	}
	p := settings(len(nodes))
	p["process.roles"] = "broker,controller"
	p["node.id"] = strconv.Itoa(i + 1)
	p["controller.quorum.voters"] = strings.Join(voters, ",")
	p["listeners"] = fmt.Sprintf("PLAINTEXT://%s,CONTROLLER://%s", n.client.Addr(), n.controller.Addr())
	p["controller.listener.names"] = "CONTROLLER"
	p["listener.security.protocol.map"] = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
	p["log.dirs"] = filepath.Join(n.dir.Path, "data")
	maps.Copy(p, config.Properties)
	return Format(p)
}

// settings are what brokers of a cluster of n have in common: internal topics
// of one partition, a short memory for dead brokers, and no topic that nobody
// asked for.
func settings(n int) map[string]string {
	p := map[string]string{
		"auto.create.topics.enable":        "false",
		"broker.heartbeat.interval.ms":     "200",
		"broker.session.timeout.ms":        "1000",
		"group.initial.rebalance.delay.ms": "0",
		"log.cleaner.dedupe.buffer.size":   "2097152",
	}
	replicas, isr := strconv.Itoa(min(3, n)), strconv.Itoa(max(1, min(3, n)-1))
	for _, topic := range []string{"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"} {
		p[topic+".num.partitions"] = "1"
		p[topic+".replication.factor"] = replicas
	}
	p["transaction.state.log.min.isr"] = isr
	p["share.coordinator.state.topic.min.isr"] = isr
	return p
}

// Format writes properties as Kafka and Kafka Connect read them, in the order of
// their names.
func Format(p map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&b, "%s=%s\n", name, p[name])
	}
	return b.String()
}
