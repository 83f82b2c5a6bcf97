package connector

import (
	"maps"
	"testing"

	"cdcd/internal/mysqltest"
)

// TestCopy_StatusGoesOnInTheNextView: a table that is changed while it is copied has the
// rest read in another view, which does not set back how far the copy is.
func TestCopy_StatusGoesOnInTheNextView(t *testing.T) {
	c := newCopied(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own()))
	c.at, c.statements = 5, []string{"ALTER TABLE d.t ADD COLUMN w INT NOT NULL DEFAULT 7, ALGORITHM = COPY"}
	runs := make(chan *Connector, 1)
	c.live.inbox = func(running *Connector) { runs <- running }
	var held map[int]string
	c.live.until(t, c.cfg, func() bool {
		if held == nil && c.done() {
			held = c.held(`CONCAT('{"id":',id,',"v":',v,',"w":',w,'}')`)
		}
		return held != nil && maps.EqualFunc(c.replayed(), held, sameAsHeld)
	})
	s := (<-runs).Status().Copy
	if s == nil || len(s.Of) != 1 {
		t.Fatalf("the status is %+v", s)
	}
	// What was read of the first view and did not become durable was read again.
	if one := s.Of[0]; one.Rows < 10_000 || one.Rows > 12_000 || one.ID.String() != "d.t" || one.Rows != s.Rows || s.Tables != 1 {
		t.Errorf("the status is %+v", s)
	}
	if first := c.live.logs.FilterMessage("copying the rows that are there").Len(); first != 2 {
		t.Errorf("%d views were copied", first)
	}
}
