package main

import (
	"io"
	"sync"
	"time"

	"go.uber.org/zap"

	"cdcd/snapshot"
)

// redraw is how often the bar is drawn: as seldom as still looks alive.
const redraw = 250 * time.Millisecond

// tailScreen is where cdcd tail says how it gets on: with a bar on stderr where that is
// a terminal and stdout is not. Where both are, rows scroll by on the same terminal:
// they are the sign of life themselves, and a bar between them would be torn off
// stdout's lines, of which this process does not know where they end. Where stderr is
// none, the log's line each ten seconds says it.
type tailScreen struct {
	bar *footer // nil for none
	log *zap.Logger
}

func newTailScreen(stdout, stderr io.Writer, copies bool) tailScreen {
	terminal := screenOf(stderr)
	switch {
	case !copies:
		return tailScreen{log: newLogger(stderr, quiet)}
	case terminal == nil:
		return tailScreen{log: newLogger(stderr, normal)}
	case screenOf(stdout) != nil:
		return tailScreen{log: newLogger(stderr, quiet)}
	}
	bar := &footer{screen: terminal}
	return tailScreen{bar: bar, log: newLogger(bar, quiet)}
}

// watch draws how far a copy is, until it is complete or end is called. One line about
// it stays.
func (t tailScreen) watch(status func() *snapshot.Status) (end func()) {
	if t.bar == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for more := true; more; {
			select {
			case <-ended:
				more = false
			case <-tick.C:
			}
			if !t.show(progressOf(status()), more) {
				return
			}
		}
	})
	return func() { close(ended); done.Wait() }
}

// show returns whether to go on. What cannot be drawn is no reason to end a copy.
func (t tailScreen) show(p *copyProgress, more bool) bool {
	switch {
	case p == nil:
		return more
	case more && !p.Complete:
		columns, lines := t.bar.screen.Size()
		return t.bar.draw(picture(p, columns, lines-1)) == nil // less one for the cursor
	}
	_ = t.bar.draw(nil)
	_, _ = t.bar.Write([]byte(summary(p) + "\n"))
	return false
}
