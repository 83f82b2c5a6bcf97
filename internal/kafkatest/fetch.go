package kafkatest

import "context"

// Fetch downloads what Open would run on this machine, unless it is in the
// cache, and says what it is.
func Fetch(ctx context.Context) (string, error) {
	e, err := jars().Get(ctx)
	return e.Got, err
}

// Jars returns the folder of Kafka's jars, those of Kafka Connect among them.
func Jars(ctx context.Context) (string, error) {
	e, err := jars().Get(ctx)
	return e.Dir, err
}
