package connector

import (
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
	c.live.run(t, c.cfg, 1<<30, "copied the rows that were there", nil)
	s := (<-runs).Status().Copy
	if s == nil || len(s.Of) != 1 || s.Tables != 1 || s.Remaining != 0 || !s.Complete {
		t.Fatalf("the status is %+v", s)
	}
	if one := s.Of[0]; one.ID.String() != "d.t" || one.Rows != 10_000 || one.Rows != s.Rows || one.Rows != one.Expected || !one.Complete {
		t.Errorf("the status is %+v", s)
	}
	if views := c.live.logs.FilterMessage("copying the rows that are there").Len(); views != 2 {
		t.Errorf("%d views were copied", views)
	}
}
