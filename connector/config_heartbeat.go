package connector

import "time"

// HeartbeatConfig says how a connector shows that it lives.
type HeartbeatConfig struct {
	Interval time.Duration // 0 for none
	Topic    string
	Query    string // run on the source with each heartbeat; may hold values, never logged
}

// period is how often an idle server must report for heartbeats to be in time: 0
// for the default.
func (cfg HeartbeatConfig) period() time.Duration {
	const usual, least = 5 * time.Second, 100 * time.Millisecond
	if cfg.Interval == 0 || cfg.Interval >= 2*usual {
		return 0
	}
	return max(cfg.Interval/2, least)
}

// heartbeat reads the properties of heartbeats.
func (p *configParser) heartbeat() HeartbeatConfig {
	h := HeartbeatConfig{
		Interval: p.v.Duration("heartbeat.interval.ms"),
		Topic:    p.v.Text("topic.heartbeat.name"),
		Query:    p.v.Text("heartbeat.action.query"),
	}
	if h.Topic == "" {
		h.Topic = p.v.Text("topic.heartbeat.prefix") + p.v.Text("topic.delimiter") + p.v.Text("topic.prefix")
	}
	if h.Query != "" && h.Interval == 0 {
		p.warn("heartbeat.action.query", "has no effect without heartbeat.interval.ms, as in Debezium")
	}
	return h
}
