package connector

import (
	"errors"

	"cdcd/schema"
)

// checkMasks compiles the captured tables where columns are masked: a mask without
// effect keeps the connector from starting, and does not wait for the first row of
// its table.
func (c *Connector) checkMasks(e Encoder, tables []*schema.Table) error {
	if !c.cfg.Format.Masks() {
		return nil
	}
	var errs []error
	for _, t := range tables {
		if c.cfg.Filter.Table(t.ID) {
			_, err := e.Plan(t)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
