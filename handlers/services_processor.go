package handlers

import (
	"runtime"
	"sync"
)

// processors knows whether an import runs in this process, and how many processors
// there were before.
var processors struct {
	sync.Mutex
	imports, before int
}

// ownProcessor gives an import a processor of its own until release. It computes for
// tenths of a second without waiting for anything: where it shared a processor, what
// else is ready would wait for Go's scheduler to take it away, ten milliseconds and
// more each time. The operating system shares out the cores sooner, and to who waits.
func ownProcessor() (release func()) {
	processors.Lock()
	defer processors.Unlock()
	if processors.imports++; processors.imports == 1 {
		processors.before = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(processors.before + 1)
	}
	return func() {
		processors.Lock()
		defer processors.Unlock()
		if processors.imports--; processors.imports == 0 {
			runtime.GOMAXPROCS(processors.before)
		}
	}
}
