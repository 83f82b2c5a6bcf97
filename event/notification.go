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

// What happened: values of [Notification.Type].
// Source: SnapshotStatus.
const (
	Started         = "STARTED"
	Paused          = "PAUSED"
	Resumed         = "RESUMED"
	Aborted         = "ABORTED"
	InProgress      = "IN_PROGRESS"
	ChunkInProgress = "TABLE_CHUNK_IN_PROGRESS"
	ChunkCompleted  = "TABLE_CHUNK_COMPLETED"
	ScanCompleted   = "TABLE_SCAN_COMPLETED"
	Completed       = "COMPLETED"
	Skipped         = "SKIPPED"
)

// Names of [Notification.Data]. The keys are row values: no log has them.
// Source: InitialSnapshotNotificationService, IncrementalSnapshotNotificationService.
const (
	DataCollections   = "data_collections"
	CurrentCollection = "current_collection_in_progress"
	ScannedCollection = "scanned_collection"
	RowsScanned       = "total_rows_scanned"
	ScanStatus        = "status"
	ChunkIndex        = "chunk_index"
	TotalChunks       = "total_chunks"
	LastProcessedKey  = "last_processed_key"
	MaximumKey        = "maximum_key"
)

func (Notification) item() {}
