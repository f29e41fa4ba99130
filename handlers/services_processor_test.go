package handlers

import (
	"runtime"
	"testing"
)

// However many servers of a process import, there is one more processor, and none
// too many afterwards.
func TestOwnProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	first, second := ownProcessor(), ownProcessor()
	first()
	if n := runtime.GOMAXPROCS(0); n != before+1 {
		t.Errorf("%d processors while an import runs, of %d", n, before)
	}
	second()
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("%d processors afterwards, not %d", n, before)
	}
}
