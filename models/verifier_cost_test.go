package models_test

import (
	"fmt"
	"runtime"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

// insertTokens makes n tokens of u by the shortest way, and returns their secrets.
func insertTokens(t testing.TB, s *models.Store, u *models.User, n int) []string {
	t.Helper()
	secrets := make([]string, n)
	tx := must(s.SQL().Begin())(t)
	insert := must(tx.Prepare(`INSERT INTO tokens (public_id, user_id, name, name_key, hash, last_four, nonce, created_at)
		VALUES (?, ?, ?, ?, ?, 'abcd', ?, 1)`))(t)
	for i := range secrets {
		secrets[i] = token.New()
		hash := token.Hash(secrets[i])
		name := fmt.Sprintf("continuous build %d", i)
		if _, err := insert.Exec(fmt.Sprintf("%026d", i), u.ID, name, name, hash[:], name); err != nil {
			t.Fatal(err)
		}
	}
	ok(t, tx.Commit())
	return secrets
}

func TestCachedTokenIsSmall(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	const n = 20_000
	secrets := insertTokens(t, s, u, n)
	v, _, _ := counted(t, s)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	verify(t, v, token.New())
	before := heap()
	for _, secret := range secrets {
		verify(t, v, secret)
	}
	cached := v.Cached()
	each := (heap() - before) / n
	runtime.KeepAlive(secrets)
	t.Logf("%d bytes for each of %d cached tokens", each, cached)
	if cached != n || each > 400 {
		t.Errorf("%d bytes for each of %d cached tokens", each, cached)
	}
}

func BenchmarkVerifyCached(b *testing.B) {
	s := modeltest.NewSQLite(b)
	secret := insertTokens(b, s, modeltest.MustUser(b, s), 1)[0]
	v, _, _ := counted(b, s)
	b.ReportAllocs()
	for b.Loop() {
		verify(b, v, secret)
	}
}

func BenchmarkVerifyUncached(b *testing.B) {
	s := modeltest.NewSQLite(b)
	secret := insertTokens(b, s, modeltest.MustUser(b, s), 1)[0]
	v := models.NewVerifier(s) // never polled: each call asks the database
	b.ReportAllocs()
	for b.Loop() {
		verify(b, v, secret)
	}
}

func BenchmarkVerifyMalformed(b *testing.B) {
	s := modeltest.NewSQLite(b)
	v, _, _ := counted(b, s)
	secret := token.New()
	secret = secret[:len(secret)-1] + "!"
	b.ReportAllocs()
	for b.Loop() {
		verify(b, v, secret)
	}
}

// BenchmarkFlush tells what writing the use of one token costs.
func BenchmarkFlush(b *testing.B) {
	s := modeltest.NewSQLite(b)
	s.Limits.LiveTokens = 1000
	u := modeltest.MustUser(b, s)
	var all []*models.Token
	for i := range 500 {
		tok, _ := mustToken(b, s, u, fmt.Sprint("token ", i))
		all = append(all, tok)
	}
	usage := models.NewUsage(s)
	b.ReportAllocs()
	for b.Loop() {
		for _, tok := range all {
			usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
		}
		ok(b, usage.Flush(b.Context()))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(all)), "us/token")
}
