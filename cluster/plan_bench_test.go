package cluster

import (
	"fmt"
	"testing"
)

func BenchmarkPlan(b *testing.B) {
	v := view{nodes: map[string]nodeView{}, connectors: map[string]connectorView{}, settled: true}
	for i := range 5 {
		v.nodes[fmt.Sprintf("n%d", i)] = nodeViews[""]
	}
	for i := range 200 {
		v.connectors[fmt.Sprintf("c%03d", i)] = connectorView{wanted: true, load: float64(i*i%37) * idleLoad}
	}
	placed := after(v, plan(v))
	for name, v := range map[string]view{"place": v, "balance": placed} {
		b.Run("what="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan(v)
			}
		})
	}
}
