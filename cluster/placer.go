package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"

	"cdcd/offsets"
)

// placer decides, while this node leads, where connectors run.
type placer struct {
	node    *Node
	moved   time.Time // when connectors were placed last
	ordeals ordeals   // of this term
}

// run looks at every change, and every half heartbeat, until ctx ends.
func (p *placer) run(ctx context.Context) {
	n := p.node
	tick := time.NewTicker(n.cfg.Timing.Beat / 2)
	defer tick.Stop()
	for {
		applied, heard := n.fsm.changed.wait(), n.liveness.heard.wait()
		if n.decides() {
			p.look(ctx)
		} else {
			p.ordeals = ordeals{}
		}
		select {
		case <-tick.C:
		case <-applied:
		case <-heard:
		case <-ctx.Done():
			return
		}
	}
}

// look notes who lives, and places what is to be placed.
func (p *placer) look(ctx context.Context) {
	now := time.Now()
	p.node.governing.Lock() // or a node that is removed meanwhile would be remembered again
	defer p.node.governing.Unlock()
	members, err := p.node.members()
	if err != nil {
		return
	}
	v, changes := p.see(members, now)
	if len(changes.Nodes) > 0 {
		p.commit(ctx, changes)
	}
	if moves := p.moves(v); len(moves) > 0 {
		p.moved = now
		p.commit(ctx, offsets.Place{Moves: moves})
	}
	p.node.promote(ctx, members, now)
}

// see returns what to plan from, and who is to be remembered as live or lost.
func (p *placer) see(members []raft.Server, now time.Time) (view, offsets.SetLive) {
	v := view{nodes: map[string]nodeView{}, connectors: map[string]connectorView{}, settled: now.Sub(p.moved) >= p.node.cfg.Timing.Stable}
	changes := offsets.SetLive{Nodes: map[string]bool{}}
	reports := p.node.liveness.reports(now)
	p.node.Read(func(s *offsets.State) {
		for _, m := range members {
			id := string(m.ID)
			was, known := s.Node(id)
			seen := p.node.liveness.see(id, was, known, now)
			v.nodes[id] = seen
			if live := seen.live && seen.stable; live != was.Live && (live || !seen.live) {
				changes.Nodes[id] = live
			}
		}
		for _, name := range s.Connectors() {
			v.connectors[name] = connectorView{
				wanted: s.Wanted(name),
				node:   s.Placement(name).Node,
				load:   reports[name].Load,
				avoid:  p.avoid(name, s.Placement(name), reports[name], now),
			}
		}
	})
	return v, changes
}

// avoid returns the nodes where a connector is not to be placed, as what its node
// says of it tells.
func (p *placer) avoid(name string, at offsets.Placement, r Report, now time.Time) map[string]bool {
	if r.Generation != at.Generation {
		return p.ordeals.of(name)
	}
	return p.ordeals.hear(name, at.Node, r.getsOn(), now, p.node.cfg.Timing.Stable)
}

// moves are the steps of the plan with their generations.
func (p *placer) moves(v view) []offsets.Move {
	var moves []offsets.Move
	steps := plan(v)
	if len(steps) == 0 {
		return nil
	}
	p.node.Read(func(s *offsets.State) {
		for _, step := range steps {
			moves = append(moves, offsets.Move{
				Connector: step.connector, Node: step.node, HandOver: step.handOver, Generation: s.Generation(step.connector) + 1,
			})
		}
	})
	for _, m := range moves {
		p.node.logger.Info("placing a connector", zap.String("connector", m.Connector), zap.String("node", m.Node),
			zap.Uint64("generation", uint64(m.Generation)), zap.Bool("handover", m.HandOver))
	}
	return moves
}

// commit has a decision applied before the next one is made. It is made again
// from what is known then, so that a failure needs no care.
func (p *placer) commit(ctx context.Context, c offsets.Command) {
	ctx, cancel := context.WithTimeout(ctx, establishTimeout)
	defer cancel()
	if err := p.node.decide(ctx, c); err != nil && !errors.Is(err, ErrNotLeader) {
		p.node.logger.Warn("a decision of the leader was not applied", zap.Error(err))
	}
}
