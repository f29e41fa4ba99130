package handlers

import (
	"fmt"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// The tokens page asks the database four times at most, however many rows it shows.
func TestTokensPageQueries(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		for i := range 10 {
			in := models.NewToken{Name: fmt.Sprint("token ", i), Validity: models.DefaultValidity, Nonce: fmt.Sprint("nonce", i)}
			if _, _, err := s.store.CreateToken(t.Context(), models.CLI, u, in); err != nil {
				t.Fatal(err)
			}
		}
		b := s.enter(t, u)
		b.get("/settings/tokens").want(200) // shows and removes what sign-in left
		before := s.logs.String()
		b.get("/settings/tokens").want(200)
		said := strings.TrimPrefix(s.logs.String(), before)
		if n := strings.Count(said, `"msg":"query"`); n == 0 || n > 4 {
			t.Errorf("%d queries: %s", n, said)
		}
	})
}
