// Command bench measures the product against baselines in the same run and
// judges the ratios by the goals of docs/performance.md. It builds the binary,
// starts it and the baselines as processes of their own on one core, and sends
// requests from the others. It exits with 1 when a median misses its goal.
//
// Run it from the root of the repository: go run ./cmd/bench
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "baseline" {
		exit(runBaseline(os.Args[2:]))
	}
	var b bench
	flag.IntVar(&b.rounds, "rounds", 5, "how often everything is measured, in rotated order")
	flag.IntVar(&b.requests, "requests", 10_000, "requests a round for the cheap operations; the dear ones take a part of it")
	flag.IntVar(&b.big, "big", 0, "stored tokens of a second database, of which a tenth is in use; 1000000 for the goal (adds minutes)")
	flag.StringVar(&b.databaseURL, "database-url", "", "empty PostgreSQL database to measure too")
	flag.StringVar(&b.dir, "dir", "", "folder for temporary data, on the disk to measure (default: the system's)")
	flag.StringVar(&b.program, "program", "", "binary to measure instead of building one, for instance one from before a change")
	admin := flag.Int("admin", 0, "compare only the administration's reads, with so many stored tokens and with a thousand; 1000000 for the goal")
	bulk := flag.Int("bulk", 0, "measure only making tokens while so many are revoked at once; 100000 for the goal")
	keep := flag.String("keep", "", "folder of the databases of --admin, to use them again")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *admin > 0 {
		exit(b.runAdmin(ctx, os.Stdout, *admin, *keep))
	}
	if *bulk > 0 {
		exit(b.runBulk(ctx, os.Stdout, *bulk))
	}
	exit(b.run(ctx, os.Stdout))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runBaseline(args []string) error {
	var b baseline
	flags := flag.NewFlagSet("baseline", flag.ExitOnError)
	config := flags.String("config", "{}", "as JSON")
	listen := flags.String("listen", "", "address")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(*config), &b); err != nil {
		return err
	}
	b.Listen = *listen
	return b.serve()
}
