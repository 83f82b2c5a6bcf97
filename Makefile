# cdcd: the commands a developer needs. `make` alone lists them.

GO    ?= go
TOOL  := $(GO) tool -modfile=internal/tools/tools.mod
# The packages whose tests take longest come first, for the others to run beside them.
PKGS  ?= ./internal/e2e ./connector ./...
# The race detector needs a C compiler; without one the tests still run.
RACE  ?= $(if $(shell command -v "$${CC:-gcc}"),-race)
# Packages under test at once: each may start servers of its own.
PROCS ?= 2
# How long the tests of one package may take.
TIMEOUT ?= 20m

.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: ## start a real MySQL and cdcd, change rows, watch the events (DEMO_EXIT=1 ends after 20)
	$(GO) run ./internal/tools/demo

test: fetch ## run every test on real servers (PKGS=./binlog narrows it)
	$(if $(RACE),,@echo 'no C compiler found: the tests run without the race detector')
	$(TOOL) gotestsum --format pkgname -- $(RACE) -shuffle=on -timeout=$(TIMEOUT) -p $(PROCS) $(PKGS)

test-all: export CDCD_TEST_ALL = 1
test-all: TIMEOUT = 2h
test-all: test ## the same, with older and newer servers too (MySQL 5.6, MariaDB 11.4), and an hour of faults

# How long make chaos goes on, and with how many brokers.
CHAOS_MINUTES ?= 20
CHAOS_BROKERS ?= 1

chaos: fetch ## break a cluster of three at random (CHAOS_MINUTES, CHAOS_BROKERS=3, CDCD_SEED)
	CDCD_CHAOS_MINUTES=$(CHAOS_MINUTES) CDCD_CHAOS_BROKERS=$(CHAOS_BROKERS) \
		$(GO) test ./internal/clustertest -run '^TestChaos$$' -count=1 -v -timeout=$$(($(CHAOS_MINUTES) + 20))m

failover: fetch ## measure failovers (CDCD_FAILOVER_KILLS, _STOPS, _ROLLS, _ROWS a second, _BINLOG_MB)
	CDCD_FAILOVER=1 $(GO) test ./internal/clustertest -run '^TestFailover$$' -count=1 -v -timeout=1h

parity: fetch ## run the real Debezium beside cdcd, and compare (CASES=part of the names; KEEP=1 records)
	CDCD_PARITY=$(or $(CASES),all) CDCD_PARITY_KEEP=$(KEEP) $(GO) test ./internal/parity -count=1 -v -timeout=90m

race-snapshot: fetch ## copy one table with Debezium and with cdcd, in turns (CDCD_RACE_ROWS=500000,1000000)
	CDCD_RACE=1 $(GO) test ./internal/parity -run '^TestRace$$' -count=1 -v -timeout=1h

lint: ## formatting, vet, linters and dead code: prints nothing to mend when clean
	$(TOOL) golangci-lint config verify
	$(TOOL) golangci-lint fmt --diff
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...
	@dead=$$($(TOOL) deadcode -test ./...) && test -z "$$dead" || { echo "dead code:"; echo "$$dead"; exit 1; }

fmt: ## rewrite the Go files in the house format
	$(TOOL) golangci-lint fmt

bench: fetch ## print one line a figure: speed, memory, cost per record
	$(GO) run ./internal/tools/bench

build: ## the static binary, bin/cdcd
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/cdcd ./cmd/cdcd

fetch: ## download the test servers into the cache, once
	$(GO) run ./internal/tools/fetch

.PHONY: help demo test test-all chaos failover parity race-snapshot lint fmt bench build fetch
