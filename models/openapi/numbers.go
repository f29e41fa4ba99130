package openapi

import "math/big"

// isStricter reports whether an exclusive limit leaves fewer numbers than an
// inclusive one: for a minimum when it is not smaller, for a maximum when it is not
// greater. Numbers too long to compare count as stricter.
func isStricter(exclusive, inclusive Raw, minimum bool) bool {
	if len(exclusive)+len(inclusive) > 100 {
		return true
	}
	a, _, errA := big.ParseFloat(string(exclusive), 10, 256, big.ToNearestEven)
	b, _, errB := big.ParseFloat(string(inclusive), 10, 256, big.ToNearestEven)
	if errA != nil || errB != nil {
		return true
	}
	if minimum {
		return a.Cmp(b) >= 0
	}
	return a.Cmp(b) <= 0
}
