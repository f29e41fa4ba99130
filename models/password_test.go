package models_test

import (
	"encoding/base64"
	"errors"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestPasswordRules(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.Name, in.Email = "Aiko Tanaka", "aiko.tanaka@example.com" })
	for password, want := range map[string]string{
		"":                "required",
		"vB7#kqXw9!mRzT":  "too_short",
		"vB7#kqXw9!mRzTp": "",
		"金閣寺の庭に朝の雨が降るよ":                              "too_short", // 13 characters, 39 bytes
		"金閣寺の庭に朝の雨が静かに降る":                            "",
		strings.Repeat("vB7#kqXw9!mRzTp雨", 16):       "",
		strings.Repeat("vB7#kqXw9!mRzTp雨", 16) + "x": "too_long",

		"passwordpassword1":  "common",
		"password1password1": "common",
		"qwertyuiopasdfgh":   "common",
		"poiuytrewqlkjhgf":   "common",
		"123456789012345":    "common",
		"aaaaaaaaaaaaaaa":    "common",
		"あああああああああああああああ": "common",
		"abcdefghijklmnop":             "common",
		"P@ssw0rdP@ssw0rd":             "common",
		"P@ssw0rd2024P@ssw0rd":         "common",
		"Welcome-to-Tokyo-2026!":       "common",
		"1qaz2wsx3edc4rfv":             "common",
		"qazwsxedcrfvtgb":              "common",
		"correct horse battery staple": "common",
		"Summer2026Summer2026":         "common",
		"!!!!!!!!!!!!!!!!":             "common",
		"               ":              "common",

		"Aiko Tanaka 1234567":      "contains_you",
		"aiko.tanaka2026":          "contains_you",
		"aiko.tanaka.1984-03-12":   "contains_you",
		"Tanaka-password-2026":     "contains_you",
		"AIKOTANAKAAIKOTANAKA":     "contains_you",
		"tesseratessera1!":         "contains_you",
		"aiko.tanaka@example.com":  "contains_you",
		"aiko rides 4 old ferries": "",

		"four unusual cormorants whistle": "",
		"nine warm lanterns over Kyoto":   "",
		"marzipan trolley obelisk vapour": "",
		"tug heron quartz mulch blip":     "",
		"Zwölf Boxkämpfer jagen Viktor":   "",
		"xq7 vulture plinth gondola":      "",
		"mi perro come cables rojos":      "",
		"k3y-lime!drizzle@0pal":           "",
	} {
		var got string
		err := s.SetPassword(t.Context(), models.CLI, u, password)
		if err != nil {
			got = strings.TrimPrefix(refusals(t, err), "password:password_")
		}
		if got != want {
			t.Errorf("%q: %q, not %q", password, got, want)
		}
	}
}

// Passphrases of random words and random characters are not to be taken for common ones.
func TestGuessableHasFewFalsePositives(t *testing.T) {
	words := strings.Fields(`abbey acorn alder amber anvil apron badge bagel barge basil birch blimp bloom brass briar
		broom cabin cedar chalk chess cliff clover cobra comet coral crane dingo drift ember fable ferry finch flint
		gecko glade gravel heron hinge inlet ivory jetty kayak kelp lapel larch lemur linen lotus maple marsh mocha
		nectar nomad oasis onyx otter oxide pecan perch plaid poppy prism quill quilt ravel robin rustic saddle sable
		shale sloop spruce tapir thyme topaz tulip umber velvet vole walnut wharf willow yarrow zephyr zinc`)
	refused := 0
	for i := range 2000 {
		pick := func(n int) string { return words[(i*7919+n*104729+i*n*31)%len(words)] }
		if models.Guessable(strings.Join([]string{pick(1), pick(2), pick(3), pick(4)}, " ")) {
			refused++
		}
	}
	if refused > 0 {
		t.Errorf("%d of 2000 passphrases are refused", refused)
	}
}

// FuzzGuessable holds that what is common stays so when it is doubled, spelt in
// capitals or joined by a dash.
func FuzzGuessable(f *testing.F) {
	for _, s := range []string{"password", "P@55w0rd", "qwerty123", "ｐａｓｓ", "\xff\xfe", "İı", "", "vole zinc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 || !models.Guessable(s) {
			return
		}
		for _, more := range []string{s + s, s + "-" + s, s + "1234", "password" + s} {
			if !models.Guessable(more) {
				t.Errorf("%q is guessable, %q is not", s, more)
			}
		}
	})
}

func TestPasswordHash(t *testing.T) {
	phc := must(models.HashPassword("nine warm lanterns"))(t)
	if again := must(models.HashPassword("nine warm lanterns"))(t); again == phc {
		t.Error("two hashes share their salt")
	}
	for password, want := range map[string]bool{
		"nine warm lanterns": true, "nine warm lantern": false, "nine warm lanterns ": false,
		"Nine warm lanterns": false, "": false, "nine warm lanterns\x00": false,
	} {
		if got := must(models.PasswordMatches(phc, password))(t); got != want {
			t.Errorf("%q matches: %v", password, got)
		}
	}
	cut := strings.Split(phc, "$")
	for _, broken := range []string{
		"", "$", "nine warm lanterns", phc[1:], phc + "!", phc + "$", strings.Join(cut[:5], "$"),
		strings.Replace(phc, "argon2id", "argon2i", 1), strings.Replace(phc, "m=19456", "m=9999999", 1),
		strings.Replace(phc, "t=2", "t=0", 1), strings.Replace(phc, "t=2", "t=101", 1), strings.Replace(phc, "t=2", "t=02", 1),
		strings.Replace(phc, "v=19", "v=16", 1), strings.Replace(phc, cut[4], cut[4]+"=", 1),
	} {
		if match, err := models.PasswordMatches(broken, "nine warm lanterns"); match || err == nil {
			t.Errorf("%q: matches %v, error %v", broken, match, err)
		}
	}
	for _, empty := range []string{strings.Join(cut[:5], "$") + "$", strings.Join(cut[:4], "$") + "$$"} {
		if match := must(models.PasswordMatches(empty, ""))(t); match {
			t.Errorf("%q matches an empty password", empty)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		found := must(s.Authenticate(t.Context(), " "+strings.ToUpper(u.Email), modeltest.Password))(t)
		if *found != *u {
			t.Errorf("found %+v", found)
		}
		for _, c := range [][2]string{
			{u.Email, ""}, {u.Email, "wrong"}, {u.Email, strings.ToLower(modeltest.Password)},
			{u.Email, modeltest.Password + " "}, {u.Email, strings.Repeat("x", 1<<16)},
			{"nobody@example.com", modeltest.Password}, {"nobody@example.com", ""}, {"", modeltest.Password},
			{"\x00", "x"}, {"\xff", "x"}, {"%", modeltest.Password},
		} {
			who, err := s.Authenticate(t.Context(), c[0], c[1])
			if got := refusals(t, err); got != "email:sign_in_failed" || who != nil {
				t.Errorf("%.40q: %q, %v", c, got, who)
			}
		}
	})
}

// A hash that cost less, or more, is replaced when its password is next given, and only then.
func TestSignInRenewsTheHash(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		salt := []byte("sixteen bytes ..")
		enc := base64.RawStdEncoding.EncodeToString
		old := "$argon2id$v=19$m=8192,t=1,p=2$" + enc(salt) + "$" + enc(argon2.IDKey([]byte(modeltest.Password), salt, 1, 8192, 2, 32))
		if _, err := s.SQL().Exec("UPDATE users SET password_hash = '" + old + "'"); err != nil {
			t.Fatal(err)
		}
		hash := func() string { return must(s.UserByEmail(t.Context(), u.Email))(t).PasswordHash }
		if _, err := s.Authenticate(t.Context(), u.Email, "wrong"); err == nil || hash() != old {
			t.Errorf("after a wrong password: %v, %q", err, hash())
		}
		must(s.Authenticate(t.Context(), u.Email, modeltest.Password))(t)
		renewed := hash()
		if !strings.HasPrefix(renewed, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("renewed: %q", renewed)
		}
		must(s.Authenticate(t.Context(), u.Email, modeltest.Password))(t)
		if hash() != renewed {
			t.Error("renewed twice")
		}
	})
}

// One hundred people who sign in at once take the memory of a few, and those
// for whom there is no room are turned away at once.
func TestHashingIsBounded(t *testing.T) {
	runtime.GC()
	done := make(chan struct{})
	peak := make(chan uint64)
	heap := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := heap()
	go func() {
		most := uint64(0)
		for {
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, heap())
			}
		}
	}()
	var busy, hashed atomic.Int32
	together(100, func(int) {
		switch _, err := models.HashPassword("nine warm lanterns"); {
		case err == nil:
			hashed.Add(1)
		case errors.Is(err, models.ErrBusy):
			busy.Add(1)
		default:
			t.Error(err)
		}
	})
	close(done)
	most := <-peak
	used := (most - min(before, most)) >> 20
	t.Logf("%d hashed, %d turned away, %d MiB at most", hashed.Load(), busy.Load(), used)
	if used > 256 {
		t.Errorf("%d MiB", used)
	}
	if hashed.Load() < int32(runtime.NumCPU()) || busy.Load() == 0 {
		t.Errorf("%d hashed, %d turned away", hashed.Load(), busy.Load())
	}
}

func TestBusy(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	release := models.OccupyHashing()
	for _, email := range []string{u.Email, "nobody@example.com"} {
		_, err := s.Authenticate(t.Context(), email, modeltest.Password)
		var e *models.Error
		if !errors.As(err, &e) || e.Code != models.CodeBusy || e.RetryAfter <= 0 {
			t.Errorf("%s: %v", email, err)
		}
	}
	release()
	_, err := s.Authenticate(t.Context(), "nobody@example.com", modeltest.Password)
	wantRefusals(t, err, "email:sign_in_failed")
	must(s.Authenticate(t.Context(), u.Email, modeltest.Password))(t)
}

// An unknown address costs what a wrong password costs. The time of the
// processor counts, since the clock on the wall counts others' work too.
func TestUnknownAddressTakesAsLong(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	gone := modeltest.MustUser(t, s)
	ok(t, s.SetDisabled(t.Context(), models.CLI, gone.ID, true))
	emails := []string{u.Email, "nobody@example.com", gone.Email}
	ratio := 0.0
	for range 3 { // a busy machine gets another chance
		took := make([][]time.Duration, len(emails))
		for range 30 {
			for i, email := range emails {
				start := processorTime(t)
				_, err := s.Authenticate(t.Context(), email, "not the password at all")
				took[i] = append(took[i], processorTime(t)-start)
				wantRefusals(t, err, "email:sign_in_failed")
			}
		}
		var medians []time.Duration
		for _, d := range took {
			slices.Sort(d)
			medians = append(medians, d[len(d)/2])
		}
		if ratio = float64(slices.Max(medians)) / float64(slices.Min(medians)); ratio < 1.2 {
			return
		}
	}
	t.Errorf("the ratio of the medians is %.2f", ratio)
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	ok(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
