package connector

import (
	"regexp"
	"slices"
	"strings"
)

// metricTags reads custom.metric.tags, a list of name=value. The names become those
// of labels.
func (p *configParser) metricTags() map[string]string {
	const name = "custom.metric.tags"
	var tags map[string]string
	for _, item := range p.v.List(name) {
		tag, value, ok := strings.Cut(item, "=")
		label := labelName(strings.TrimSpace(tag))
		_, twice := tags[label]
		switch {
		case !ok || label == "":
			p.fail(name, "%q: want <name>=<value>, with commas between", item)
		case slices.Contains(ownLabels, label):
			p.fail(name, "%q: cdcd's own metrics have the label %s", item, label)
		case strings.HasPrefix(label, "__"):
			p.fail(name, "%q: Prometheus keeps names that begin with __ to itself", item)
		case twice:
			p.fail(name, "%q: another tag has the label %s, too", item, label)
		default:
			if tags == nil {
				tags = map[string]string{}
			}
			tags[label] = strings.TrimSpace(value)
		}
	}
	return tags
}

// ownLabels are those of [NewMetrics].
var ownLabels = []string{"connector", "class", "reason"}

// notLabel is what the name of a label may not hold.
var notLabel = regexp.MustCompile(`[^a-zA-Z0-9_]`)

// labelName makes a name that Prometheus takes in any version.
func labelName(tag string) string {
	label := notLabel.ReplaceAllString(tag, "_")
	if label != "" && label[0] >= '0' && label[0] <= '9' {
		return "_" + label
	}
	return label
}
