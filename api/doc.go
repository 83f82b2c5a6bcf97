// Package api is what cdcd answers over HTTP: /metrics for Prometheus, /healthz
// and /readyz for whoever runs the process, /status for people.
//
// Nothing here asks who is calling, and no answer holds a secret or a row value.
package api
