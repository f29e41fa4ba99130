package main

import (
	"strings"
	"testing"
)

func TestTableJudgesMedians(t *testing.T) {
	rows := []row{
		{operation: "good", values: []float64{9, 1, 1}, unit: "%.1fx", limit: 1, kind: atMost},
		{operation: "bad", values: []float64{0.5, 2, 2}, unit: "%.1fx", limit: 1, kind: atMost},
		{operation: "slow", values: []float64{0.5, 0.7}, unit: "%.1fx", limit: 0.8, kind: atLeast},
		{operation: "told", values: []float64{5}, unit: "%.0f us"},
	}
	var out strings.Builder
	missed, err := printTable(&out, rows)
	if err != nil || missed != 2 {
		t.Errorf("%d missed, %v", missed, err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	want := "operation median spread goal|good 1.0x 1.0x - 9.0x <= 1.0x ok|bad 2.0x 0.5x - 2.0x <= 1.0x MISS|" +
		"slow 0.6x 0.5x - 0.7x >= 0.8x MISS|told 5 us"
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("table\n%s\nnot\n%s", got, want)
	}
}
