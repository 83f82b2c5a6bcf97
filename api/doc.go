// Package api is what cdcd answers over HTTP: /metrics for Prometheus, /healthz
// and /readyz for whoever runs the process, /status for people, and those of Kafka
// Connect's paths that show connectors, and pause, resume, stop and
// delete them, and signals to them.
//
// Whoever calls may look; no answer holds a secret or a row value. To change
// something takes a token, or a call from the same machine.
package api
