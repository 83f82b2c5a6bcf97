package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Part is something of the daemon that may be unable to do its work, and that
// people want to look into. Its methods are called concurrently and answer at
// once.
type Part interface {
	// Ready returns nil, or why the part cannot do its work now.
	Ready() error
	// Status returns what there is to see, to be printed as JSON.
	Status() any
}

// Notifier is a Part that tells what it has done. That of a connector has the name
// "connector" and the connector's, with a space between.
type Notifier interface {
	// Notifications returns the last notifications, to be printed as JSON.
	Notifications() any
}

// Config describes a server.
type Config struct {
	Listen   string // host:port
	Gatherer prometheus.Gatherer
	// Parts returns the parts of the daemon by name.
	Parts func() map[string]Part
	// Cluster returns what the whole cluster has to show; nil for none.
	Cluster func(context.Context) any
	// Connectors is for Kafka Connect's paths; nil for none.
	Connectors Connectors
	// Token is what changes need that are asked for; "" allows those from this
	// machine, if Listen is one of its loopback addresses.
	Token  string
	Logger *zap.Logger // nil for none
}

func (c Config) logger() *zap.Logger {
	if c.Logger == nil {
		return zap.NewNop()
	}
	return c.Logger
}

// Server answers until Close.
type Server struct {
	http *http.Server
	addr net.Addr
	done chan struct{}
}

// Open listens and starts to answer.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP on %s: %w", cfg.Listen, err)
	}
	log := cfg.logger()
	host, _, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &Server{addr: l.Addr(), done: make(chan struct{}), http: newHTTP(Handler(cfg, isLoopback(host)), log)}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("HTTP ended", zap.Error(err))
		}
	}()
	return s, nil
}

// newHTTP bounds how long a slow client may hold a connection.
func newHTTP(handler http.Handler, log *zap.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          zap.NewStdLog(log),
	}
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() string { return s.addr.String() }

// Close lets answers under way finish until ctx ends, and ends the server.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
	}
	<-s.done
	return err
}
