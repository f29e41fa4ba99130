package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// row is one line of the result.
type row struct {
	operation string
	values    []float64 // of each round
	unit      string    // how to print a value, for instance "%.2fx"
	limit     float64
	kind      goal
}

// goal says how a row's median is judged.
type goal int

const (
	told    goal = iota // for information
	atMost              // the limit
	atLeast             // the limit
)

func (r row) median() float64 {
	sorted := slices.Sorted(slices.Values(r.values))
	n := len(sorted)
	if n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[n/2]
}

func (r row) missed() bool {
	return r.kind == atMost && r.median() > r.limit || r.kind == atLeast && r.median() < r.limit
}

func (r row) goal() string {
	switch r.kind {
	case atMost:
		return "<= " + fmt.Sprintf(r.unit, r.limit)
	case atLeast:
		return ">= " + fmt.Sprintf(r.unit, r.limit)
	default:
		return ""
	}
}

func (r row) verdict() string {
	switch {
	case r.kind == told:
		return ""
	case r.missed():
		return "MISS"
	default:
		return "ok"
	}
}

// printTable writes the rows and reports how many missed their goal.
func printTable(out io.Writer, rows []row) (missed int, err error) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "operation\tmedian\tspread\tgoal\t")
	for _, r := range rows {
		if r.missed() {
			missed++
		}
		spread := fmt.Sprintf(r.unit+" - "+r.unit, slices.Min(r.values), slices.Max(r.values))
		if len(r.values) == 1 {
			spread = ""
		}
		fmt.Fprintf(w, "%s\t"+r.unit+"\t%s\t%s\t%s\n", r.operation, r.median(), spread, r.goal(), r.verdict())
	}
	return missed, w.Flush()
}
