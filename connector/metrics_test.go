package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestParseConfig_MetricTags(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		c, warnings, err := ParseConfig("shop", shop("custom.metric.tags", text))
		if err != nil {
			got = []string{err.Error()}
		}
		for _, name := range slices.Sorted(maps.Keys(c.MetricTags)) {
			got = append(got, name+"="+c.MetricTags[name])
		}
		if len(warnings) > 0 || len(got) != len(want) || err == nil && !slices.Equal(got, want) || err != nil && !strings.Contains(got[0], want[0]) {
			t.Errorf("%q: got %q and warnings %v, want %q", text, got, warnings, want)
		}
	}
	f("")
	f("a=b", "a=b")
	f(" team = data base , stage.name=x=y ,, 2nd=, grün=é", "_2nd=", "gr_n=é", "stage_name=x=y", "team=data base")
	f("a", `custom.metric.tags: "a": want <name>=<value>`)
	f("=b", `custom.metric.tags: "=b": want <name>=<value>`)
	f("connector=b", `own metrics have the label connector`)
	f("class=b", `own metrics have the label class`)
	f("__name__=b", `names that begin with __`)
	f("a.b=1,a-b=2", `"a-b=2": another tag has the label a_b, too`)
}

// TestMetrics_Tags: connectors with different tags are collected together.
func TestMetrics_Tags(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for name, tags := range map[string]map[string]string{"a": {"team": "x", "stage": "y"}, "b": nil, "c": {"team": "z"}} {
		m := NewMetrics(name, tags)
		m.left("damaged")
		m.failed("sink")
		if registry.MustRegister(m); !m.Tagged(maps.Clone(tags)) || m.Tagged(map[string]string{"team": "q"}) {
			t.Errorf("%s: tagged otherwise", name)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			text := ""
			for _, l := range m.GetLabel() {
				text += fmt.Sprintf(" %s=%s", l.GetName(), l.GetValue())
			}
			if f.GetName() == "cdcd_errors_total" || f.GetName() == "cdcd_lag_seconds" {
				got = append(got, f.GetName()+text)
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"cdcd_errors_total class=sink connector=a stage=y team=x", "cdcd_errors_total class=sink connector=b", "cdcd_errors_total class=sink connector=c team=z",
		"cdcd_lag_seconds connector=a stage=y team=x", "cdcd_lag_seconds connector=b", "cdcd_lag_seconds connector=c team=z",
	}
	if !slices.Equal(got, want) || len(families) != 10 {
		t.Errorf("%d families, got\n%s\nwant\n%s", len(families), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
