package event

// Notification tells what a connector does besides following changes. Among other
// items it becomes durable where it stands.
type Notification struct {
	ID        string // of the signal that asked for it; "" for an id of its own
	Aggregate string // what it is about: InitialSnapshot or IncrementalSnapshot
	Type      string // what happened
	// Data are further facts by name, without connector_name, which is added.
	Data map[string]string
}

// What notifications are about. A blocking snapshot is an initial one here.
const (
	InitialSnapshot     = "Initial Snapshot"
	IncrementalSnapshot = "Incremental Snapshot"
)

func (Notification) item() {}
