// Command bench measures cdcd and prints one line a figure:
//
//	bench <name> <value> <unit> [ratio <x> vs <rival>]
//
// Lines that begin with # say what was measured with which settings. Each
// scenario starts the servers that it needs and ends them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"cdcd/internal/machine"
)

// bench is what the scenarios share.
type bench struct {
	scale   float64 // of the amounts of data
	txnRows int     // rows a transaction of the backlog
	codec   string  // compression of what is produced
	pairs   int     // runs of drain in each mode of delivery
	seconds int     // of latency
	profile string  // where CPU profiles of decode_json and produce go
	binary  string  // the cdcd to measure
	dir     string
}

// scenario measures one or more figures.
type scenario struct {
	name string
	run  func(context.Context, *bench) error
}

func scenarios() []scenario {
	return []scenario{
		{"decode", decode},
		{"produce", produce},
		{"drain", drain},
		{"big_txn", bigTxn},
		{"latency", latency},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the only deferred call was just made
	}
}

func run(ctx context.Context, args []string) (err error) {
	b, chosen, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := machine.TempDir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Remove()) }()
	b.dir = dir.Path
	sayMachine()
	for _, s := range chosen {
		if err := s.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	say("load %s at the end: above %d others were at work", loadAverage(), runtime.NumCPU())
	return nil
}

// parse reads the command line and returns the scenarios that it asks for.
func parse(args []string) (*bench, []scenario, error) {
	b, all := &bench{}, scenarios()
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.name
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("run", strings.Join(names, ","), "scenarios to run, comma separated")
	flags.Float64Var(&b.scale, "scale", 1, "share of the data, 0.1 for a quick check")
	flags.IntVar(&b.txnRows, "txn-rows", 1000, "rows a transaction of the backlog")
	flags.StringVar(&b.codec, "codec", "none", "compression.type of what is produced")
	flags.IntVar(&b.pairs, "pairs", 5, "how often drain is measured in each mode of delivery")
	flags.IntVar(&b.seconds, "seconds", 60, "how long latency is measured")
	flags.StringVar(&b.profile, "cpuprofile", "", "write CPU profiles to this path and .decode_json, .produce")
	flags.StringVar(&b.binary, "binary", "", "the cdcd to measure, built from this tree by default")
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	var chosen []scenario
	for name := range strings.SplitSeq(*only, ",") {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return b, chosen, nil
}

// amount scales a number of rows; what is left is a multiple of a transaction.
func (b *bench) amount(n int) int {
	return max(1, int(float64(n)*b.scale)/b.txnRows) * b.txnRows
}
