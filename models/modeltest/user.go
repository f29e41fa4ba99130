package modeltest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"tessera/models"
)

// Password is the password of everyone whom MustUser makes.
const Password = "nine warm lanterns over Kyoto"

var people atomic.Int64

// MustUser makes an account with an e-mail address of its own: Aiko, in Tokyo,
// who reads English and is no administrator, unless change says otherwise.
func MustUser(t testing.TB, s *models.Store, change ...func(*models.NewUser)) *models.User {
	t.Helper()
	in := models.NewUser{
		Email:    fmt.Sprintf("aiko%d@example.com", people.Add(1)),
		Name:     "Aiko Tanaka",
		Password: Password,
		TimeZone: "Asia/Tokyo",
		Language: "en",
	}
	for _, f := range change {
		f(&in)
	}
	u, err := s.CreateUser(t.Context(), models.CLI, in)
	if err != nil {
		t.Fatal("create a user:", err)
	}
	return u
}
