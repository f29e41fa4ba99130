package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"tessera/models"
)

// measureBig compares with the small database one that holds b.big tokens, a
// tenth of them in use.
func (b *bench) measureBig(ctx context.Context, dir string, router, small *process, f *fixture) error {
	where := models.Config{Data: filepath.Join(dir, "big")}
	demo := exec.CommandContext(ctx, b.program, "demo", "--data="+where.Data, fmt.Sprint("--users=", max(b.big/50, 1)), fmt.Sprint("--tokens=", b.big))
	if said, err := demo.CombinedOutput(); err != nil {
		return fmt.Errorf("demo: %w: %s", err, said)
	}
	big, err := fill(ctx, where, max(b.big/10, b.pool()))
	if err != nil {
		return err
	}
	product, err := b.product(ctx, "tessera, big", big)
	if err != nil {
		return err
	}
	defer product.stop()
	b.add(cpuSince(product, "cold start with the big database, CPU"))
	n := b.share(readShare)
	smallFirst := newSubject(small, load{requests: n, status: http.StatusUnauthorized, request: unknown("/v1/user")})
	bigFirst := newSubject(product, load{requests: n, status: http.StatusUnauthorized, request: unknown("/v1/user")})
	smallUser := newSubject(small, load{requests: b.requests, request: cached(f)})
	random := rand.New(rand.NewPCG(1, 2))
	draws := make([]int, b.requests)
	for i := range draws {
		draws[i] = random.IntN(len(big.secrets))
	}
	bigUser := newSubject(product, load{requests: b.requests, request: func(i int) []byte { return get("/v1/user", bearer(big.secrets[draws[i]])) }})
	everyone := load{connections: connections, requests: len(big.secrets), status: http.StatusOK, request: unseen("/v1/user", big)}
	if _, err := everyone.run(product); err != nil {
		return err
	}
	written := row{operation: "big: writing the usage of a token, CPU", unit: "%.0f us"}
	used, err := settle(ctx, product)
	if err != nil {
		return err
	}
	written.values = []float64{float64(used/time.Microsecond) / float64(len(big.secrets))}
	if _, err := everyone.run(product); err != nil { // once more, for the minute of a cached token may be over
		return err
	}
	if err := b.rotate(nil, smallUser, bigUser, smallFirst, bigFirst); err != nil {
		return err
	}
	held, err := product.memory()
	product.stop()
	rate, rateErr := hitRate(ctx, big)
	if err := errors.Join(err, rateErr); err != nil {
		return err
	}
	b.add(
		written,
		ratio("big / small: GET /v1/user, cached, CPU", bigUser, smallUser, cpuOf, 1.1, atMost),
		ratio("big / small: unknown token, CPU", bigFirst, smallFirst, cpuOf, 1.1, atMost),
		row{operation: "big: answered from the cache", values: []float64{100 * rate}, unit: "%.1f %%"},
		row{operation: "big: memory", values: []float64{mib(held)}, unit: "%.1f MiB"},
	)
	return nil
}

func cpuSince(p *process, operation string) row {
	used, err := p.cpu()
	if err != nil {
		used = 0
	}
	return row{operation: operation, values: []float64{float64(used) / float64(time.Millisecond)}, unit: "%.0f ms"}
}
