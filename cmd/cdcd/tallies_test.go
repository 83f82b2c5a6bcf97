package main

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/connector"
)

// TestTallies: a connector that runs again goes on counting, and one whose tags were
// changed is not seen under the old ones any more.
func TestTallies(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	all := &tallies{}
	registry.MustRegister(all)
	shop := connector.Config{Name: "shop", MetricTags: map[string]string{"team": "a"}}
	first := all.of(shop)
	all.of(connector.Config{Name: "crm"})
	if all.of(shop) != first {
		t.Error("a connector that runs again has other metrics")
	}
	shop.MetricTags = map[string]string{"stage": "b"}
	if all.of(shop) == first {
		t.Error("a connector with other tags has the old metrics")
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]bool{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()+"="+l.GetValue()] = true
			}
		}
	}
	if len(labels) != 3 || !labels["connector=shop"] || !labels["connector=crm"] || !labels["stage=b"] {
		t.Errorf("labels %v", labels)
	}
}
