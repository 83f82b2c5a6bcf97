package kafkatest

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Delete deletes topics and returns when no broker knows them any more.
func (c *Cluster) Delete(ctx context.Context, topics ...string) error {
	return c.admin(ctx, c.Brokers(), func(ctx context.Context, a *kadm.Client) error {
		if _, err := a.DeleteTopics(ctx, topics...); err != nil {
			return fmt.Errorf("delete topics %v: %w", topics, err)
		}
		return poll(ctx, func() error {
			left, err := a.ListTopics(ctx)
			if err == nil && slices.ContainsFunc(topics, left.Has) {
				err = fmt.Errorf("%v are still there", topics)
			}
			return err
		})
	})
}
