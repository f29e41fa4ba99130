// Package handlers answers HTTP: it reads requests, calls models and renders
// views. routes.go lists every route with its guard.
package handlers

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/semaphore"

	"tessera/models"
	"tessera/models/outbound"
	"tessera/views"
)

// Config is what an installation may set about its HTTP side.
type Config struct {
	BaseURL             *url.URL       // scheme and host as people see them, without a final slash
	TrustedProxies      []netip.Prefix // whose X-Forwarded-For counts
	Version             string
	Dev                 bool             // serves the gallery under /dev
	BadBearersPerMinute int              // from one network; 0: no limit
	Outbound            *outbound.Client // nil: may reach the open internet, as without any rule
	ImportLimit         int64            // bytes of a body that brings a description; 0: 64 MiB
	CallsPerMinute      int              // of the services, with one token; 0: no limit
	ImportsPerMinute    int              // likewise
	GitHubKeysURL       string           // where the keys are with which GitHub signs; "": GitHub's own address
	Logger              *slog.Logger
}

// Server holds what the handlers need.
type Server struct {
	cfg                Config
	log                *slog.Logger
	store              *models.Store
	verifier           *models.Verifier
	usage              *models.Usage
	locales            *views.Locales
	sessions           *sessionStore
	signIns            *signInThrottle
	bearers            *limiter            // bad ones, by network
	calls, importCalls *limiter            // of the services, by token
	importing          *semaphore.Weighted // one at a time
	bodies             *semaphore.Weighted // bytes of large ones
	reports, scans     *limiter            // of leaked tokens, by network: anybody's, GitHub's
	leakTime           func(n int) time.Duration
	githubKeys         *githubKeys

	sends *limiter // of the console, by person
	saved *otter.Cache[string, savedAnswer]

	origins *http.CrossOriginProtection
	echo    *echo.Echo

	pageHeaders, apiHeaders http.Header // the same in every answer

	draining atomic.Bool
}

// New makes the server. It does not listen.
func New(cfg Config, store *models.Store, verifier *models.Verifier, usage *models.Usage) (*Server, error) {
	locales, err := views.NewLocales()
	if err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Outbound == nil {
		cfg.Outbound = outbound.New(outbound.Config{BaseURL: cfg.BaseURL})
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, store: store, verifier: verifier, usage: usage, locales: locales,
		sessions:    &sessionStore{store: store, secure: cfg.BaseURL.Scheme == "https"},
		signIns:     newSignInThrottle(store.Now),
		bearers:     newLimiter(store.Now, cfg.BadBearersPerMinute, time.Minute),
		calls:       newLimiter(store.Now, cfg.CallsPerMinute, time.Minute),
		importCalls: newLimiter(store.Now, cfg.ImportsPerMinute, time.Minute),
		importing:   semaphore.NewWeighted(1),
		reports:     newLimiter(store.Now, reportsPerMinute, time.Minute),
		scans:       newLimiter(store.Now, reportsPerMinute, time.Minute),
		leakTime:    leakTime,
		githubKeys:  newGitHubKeys(cmp.Or(cfg.GitHubKeysURL, GitHubKeysURL), store.Now),
		sends:       newLimiter(store.Now, sendsPerMinute, time.Minute),
		saved:       newSavedAnswers(),
		origins:     http.NewCrossOriginProtection(),
		echo:        echo.New(),
	}
	s.bodies = newRoom(s.importLimit())
	s.pageHeaders, s.apiHeaders = protection(cfg.BaseURL.Scheme == "https")
	// Behind a proxy that rewrites Host, a form's Origin is the address that people see.
	if err := s.origins.AddTrustedOrigin(cfg.BaseURL.Scheme + "://" + cfg.BaseURL.Host); err != nil {
		return nil, err
	}
	s.echo.HTTPErrorHandler = s.handleError
	s.echo.IPExtractor = ipExtractor(cfg.TrustedProxies)
	s.routes()
	return s, nil
}

// Handler returns the whole site.
func (s *Server) Handler() http.Handler { return headAsGET(s.echo) }

// HTTPServer returns a server with every limit set, so that slow or idle
// clients cost little.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Drain makes /readyz answer 503, so that a load balancer sends no more requests.
func (s *Server) Drain() { s.draining.Store(true) }

// ipExtractor finds the caller's address: the right-most hop that is not one of ours.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
