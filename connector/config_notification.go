package connector

import "fmt"

// NotificationConfig says where a connector tells what it does besides following
// changes. The zero value tells nobody.
type NotificationConfig struct {
	Topic string // "" for none
	Log   bool   // what is in the log has no row values
	Keep  bool   // the last ones are kept, see [Connector.Notifications]
}

// on tells that somebody is told.
func (n NotificationConfig) on() bool { return n != NotificationConfig{} }

// notifications reads the properties of notifications.
// Source: SinkNotificationChannel.validateNotificationTopicName.
func (p *configParser) notifications() NotificationConfig {
	const channels, topic = "notification.enabled.channels", "notification.sink.topic.name"
	var n NotificationConfig
	for _, channel := range p.v.List(channels) {
		switch channel {
		case "sink":
			if n.Topic = p.v.Text(topic); n.Topic == "" {
				p.fail(topic, "the channel sink of %s needs the name of a topic", channels)
			}
		case "log":
			n.Log = true
		case "jmx":
			n.Keep = true
			p.warn(channels, "there is no JMX: GET /connectors/<name>/notifications has the last notifications, /metrics the attributes of the MBeans")
		default:
			p.warn(channels, fmt.Sprintf("%q is no channel: want sink, log or jmx", channel))
		}
	}
	if p.v.Set(topic) && n.Topic == "" {
		p.warn(topic, "has no effect: "+channels+" does not list sink")
	}
	return n
}
