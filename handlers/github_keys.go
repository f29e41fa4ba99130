package handlers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// GitHubKeysURL is where GitHub has the keys with which it signs.
const GitHubKeysURL = "https://api.github.com/meta/public_keys/secret_scanning"

const (
	githubKeysTime  = 10 * time.Second // for fetching them
	githubKeysLimit = 1 << 20          // bytes
	githubKeysLife  = time.Hour        // then they are asked for again, so that one that was taken back is soon refused
	githubKeysEvery = time.Minute      // they are asked for at most so often
)

// githubKeys are the public keys with which GitHub signs what it sends to
// partners, fetched when they are first needed.
type githubKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	fetching sync.Mutex // one fetches at a time; others that know their key don't wait

	mu     sync.Mutex
	keys   map[string]*ecdsa.PublicKey
	etag   string    // of keys
	fresh  time.Time // when they were last known to be right
	tried  time.Time // when they were last asked for
	failed error     // why that was in vain
}

func newGitHubKeys(url string, now func() time.Time) *githubKeys {
	return &githubKeys{url: url, now: now, client: &http.Client{
		Timeout:       githubKeysTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// key returns the key of an id, nil when GitHub has none of that id. Error: it
// can't be known, because GitHub does not answer.
func (g *githubKeys) key(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	if key, done, err := g.kept(id); done {
		return key, err
	}
	g.fetching.Lock()
	defer g.fetching.Unlock()
	if key, done, err := g.kept(id); done { // somebody else has fetched them meanwhile
		return key, err
	}
	err := g.fetch(context.WithoutCancel(ctx)) // others want them too
	if key, _, _ := g.kept(id); key != nil {   // an old key is better than none while GitHub is away
		return key, nil
	}
	return nil, err
}

// kept looks for a key without fetching. It is done when fetching would be of no
// use, or too early.
func (g *githubKeys) kept(id string) (key *ecdsa.PublicKey, done bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key = g.keys[id]
	switch {
	case key != nil && g.within(g.fresh, githubKeysLife):
		return key, true, nil
	case !g.within(g.tried, githubKeysEvery):
		return key, false, nil
	case key != nil || g.failed == nil:
		return key, true, nil
	}
	return nil, true, g.failed
}

// within reports whether no more than d has passed since at.
func (g *githubKeys) within(at time.Time, d time.Duration) bool {
	since := g.now().Sub(at)
	return !at.IsZero() && since >= 0 && since < d // below 0: the clock was set back
}

func (g *githubKeys) fetch(ctx context.Context) error {
	g.mu.Lock()
	etag := g.etag
	g.mu.Unlock()
	keys, etag, err := g.download(ctx, etag)
	if err != nil {
		err = fmt.Errorf("fetch GitHub's keys: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried, g.failed = g.now(), err
	if err == nil {
		g.fresh = g.tried
	}
	if keys != nil {
		g.keys, g.etag = keys, etag
	}
	return err
}

// download returns the keys and their ETag; no keys when those of the given ETag are still right.
func (g *githubKeys) download(ctx context.Context, etag string) (map[string]*ecdsa.PublicKey, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url, nil)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Accept", "application/json")
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	res, err := g.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	if etag != "" && res.StatusCode == http.StatusNotModified {
		return nil, "", nil
	}
	if res.StatusCode != http.StatusOK {
		return nil, "", errors.New(res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, githubKeysLimit))
	if err != nil {
		return nil, "", err
	}
	keys, err := parseGitHubKeys(body)
	return keys, res.Header.Get("ETag"), err
}

// parseGitHubKeys reads the keys on the curve P-256; others are left out.
func parseGitHubKeys(body []byte) (map[string]*ecdsa.PublicKey, error) {
	var list struct {
		PublicKeys []struct {
			ID  string `json:"key_identifier"`
			Key string `json:"key"`
		} `json:"public_keys"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range list.PublicKeys {
		block, _ := pem.Decode([]byte(k.Key))
		if block == nil {
			continue
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if key, ok := parsed.(*ecdsa.PublicKey); err == nil && ok && key.Curve == elliptic.P256() {
			keys[k.ID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key among them")
	}
	return keys, nil
}
