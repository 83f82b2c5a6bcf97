// Package api is what cdcd answers over HTTP: /metrics for Prometheus, /healthz
// and /readyz for whoever runs the process, /status for people, those of Kafka
// Connect's paths that show connectors, and pause, resume, stop and delete them,
// signals to them, and /connectors/{name}/notifications for what Debezium shows over
// JMX.
//
// Whoever calls may look; no answer holds a secret or a row value. To change
// something takes a token, or a call from the same machine.
package api
