//go:build race

package handlers

func init() { raceAllocations = 8 }
