package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tessera/handlers"
	"tessera/models"
	"tessera/models/outbound"
)

// Config is what an App runs with.
type Config struct {
	Listen              string         // host:port; port 0 chooses a free one
	BaseURL             *url.URL       // as people see it; nil: that of the address listened on
	TrustedProxies      []netip.Prefix // whose X-Forwarded-For counts
	BadBearersPerMinute int            // from one network; 0: no limit
	CallsPerMinute      int            // of the services, with one token; 0: no limit
	ImportsPerMinute    int            // likewise
	ImportLimit         int64          // bytes; 0: the default
	GitHubKeysURL       string         // "": GitHub's own address
	Outbound            outbound.Rules // what imports by URL and the console may reach besides
	DrainDelay          time.Duration  // how long /readyz answers 503 before the port closes
	Models              models.Config
	Dev                 bool
	LogLevel            slog.Level
	Logger              *slog.Logger // nil: none
}

// App is the running product: its listener, database, jobs and HTTP server.
// `serve` and the end-to-end tests start the same one.
type App struct {
	BaseURL *url.URL // without a final slash

	log      *slog.Logger
	data     string
	listener net.Listener
	store    *models.Store
	verifier *models.Verifier
	usage    *models.Usage
	handlers *handlers.Server
	server   *http.Server

	drainDelay time.Duration
}

// drainTime is how long requests that have begun may take to end after Run was told to stop.
const drainTime = 20 * time.Second

// NewApp listens and opens and migrates the database; requests wait until Run
// serves them. An error is one sentence that says what to do. Call Close in the end.
func NewApp(ctx context.Context, cfg Config) (*App, error) {
	a := &App{log: cfg.Logger, data: cfg.Models.Data, drainDelay: cfg.DrainDelay}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	var err error
	// The port comes first: a second server on it must not touch the first one's database.
	if a.listener, err = listen(ctx, cfg.Listen); err != nil {
		return nil, err
	}
	if a.BaseURL = cfg.BaseURL; a.BaseURL == nil {
		a.BaseURL = boundURL(cfg.Listen, a.listener.Addr().(*net.TCPAddr))
	}
	cfg.Models.Logger = a.log
	if a.store, err = openStore(ctx, cfg.Models); err != nil {
		return nil, errors.Join(err, a.listener.Close())
	}
	if err := a.checkSecretKey(cfg.Models); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.verifier, a.usage = models.NewVerifier(a.store), models.NewUsage(a.store)
	a.handlers, err = handlers.New(handlers.Config{
		BaseURL:             a.BaseURL,
		TrustedProxies:      cfg.TrustedProxies,
		Version:             Version,
		Dev:                 cfg.Dev,
		BadBearersPerMinute: cfg.BadBearersPerMinute,
		CallsPerMinute:      cfg.CallsPerMinute,
		ImportsPerMinute:    cfg.ImportsPerMinute,
		ImportLimit:         cfg.ImportLimit,
		GitHubKeysURL:       cfg.GitHubKeysURL,
		Outbound:            outbound.New(outbound.Config{Rules: cfg.Outbound, Listen: a.Addr().AddrPort(), BaseURL: a.BaseURL}),
		Logger:              a.log,
	}, a.store, a.verifier, a.usage)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.server = a.handlers.HTTPServer()
	if a.BaseURL.Scheme == "http" && !(loopback(a.BaseURL.Hostname()) && loopback(a.Addr().IP.String())) {
		a.log.Warn("passwords and tokens travel unencrypted; put a proxy with TLS in front and set --base-url to its https address",
			"base_url", a.BaseURL.String(), "listen", a.Addr().String())
	}
	if cfg.BaseURL == nil && a.Addr().IP.IsUnspecified() {
		a.log.Warn("links and snippets name an address that only this machine reaches; set --base-url to the one that people open",
			"base_url", a.BaseURL.String(), "listen", a.Addr().String())
	}
	return a, nil
}

// Addr is the address listened on.
func (a *App) Addr() *net.TCPAddr { return a.listener.Addr().(*net.TCPAddr) }

// SetupLink makes the link by which the first administrator is made, which ends
// any earlier one. It returns "" when somebody has an account already.
func (a *App) SetupLink(ctx context.Context) (string, error) {
	secret, err := a.store.NewSetupLink(ctx)
	if err != nil || secret == "" {
		return "", err
	}
	return a.BaseURL.String() + "/setup?secret=" + secret, nil
}

// Run serves requests and does the jobs until ctx ends. Then it finishes the
// requests that have begun, stops the jobs and writes what usage is pending.
func (a *App) Run(ctx context.Context) error {
	stopJobs := a.startJobs(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(a.listener) }()
	var failed error
	select {
	case failed = <-served:
	case <-ctx.Done():
		a.log.Info("stopping")
	}
	a.drain(served)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := a.server.Shutdown(late); err != nil {
		a.log.Warn("requests were cut off", "after", drainTime)
		a.server.Close()
	}
	stopJobs()
	// Whatever the database's state, a process that was asked to stop does so in time.
	late, cancel = context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := a.usage.Flush(late); err != nil {
		failed = errors.Join(failed, fmt.Errorf("the last usage was not written: %w", err))
	}
	return failed
}

// drain tells load balancers to send nothing more, and gives them time to hear it.
func (a *App) drain(served <-chan error) {
	a.handlers.Drain()
	if a.drainDelay > 0 {
		select {
		case <-time.After(a.drainDelay):
		case <-served: // it has stopped already
		}
	}
}

// Close releases the port and the database.
func (a *App) Close() error {
	err := a.listener.Close()
	if errors.Is(err, net.ErrClosed) { // by Run
		err = nil
	}
	return errors.Join(err, a.store.Close())
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; stop that one or choose another port with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s is not for this user, as ports below 1024 mostly are; choose another with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return l, nil
}

// boundURL is the address to open for a listener. One that listens everywhere
// is at least reached from its own machine.
func boundURL(address string, bound *net.TCPAddr) *url.URL {
	host, _, _ := net.SplitHostPort(address) // it has been listened on, so it can be split
	if host == "" || bound.IP.IsUnspecified() {
		host = "localhost"
	}
	u := &url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(bound.Port))}
	u.Host = strings.TrimSuffix(u.Host, ":80")
	return u
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// connectTime is how long a database may take to answer at the start.
const connectTime = 10 * time.Second

// openStore opens and migrates the database. An error is one sentence that says what to do.
func openStore(ctx context.Context, cfg models.Config) (*models.Store, error) {
	store, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(explain(cfg, err), store.Close())
	}
	return store, nil
}

// checkSecretKey finds out at the start, and not when somebody stores a secret,
// that the key is not there. Where the database is elsewhere, nothing else may need the data folder.
func (a *App) checkSecretKey(cfg models.Config) error {
	err := a.store.CheckSecretKey()
	if err != nil && cfg.SecretKey == "" && cfg.DatabaseURL != "" {
		a.log.Warn("environments can hold no secrets; name a key with --secret-key-file", "error", err.Error())
		return nil
	}
	if err != nil && cfg.SecretKey != "" {
		return fmt.Errorf("--secret-key-file: %w", err)
	}
	return err
}

// connect opens the database as it is.
func connect(ctx context.Context, cfg models.Config) (*models.Store, error) {
	soon, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	store, err := models.Open(soon, cfg)
	if err != nil {
		return nil, explain(cfg, err)
	}
	return store, nil
}

// explain makes of a failure to open the database a sentence for who started the program.
func explain(cfg models.Config, err error) error {
	if errors.Is(err, models.ErrNewerSchema) {
		return models.ErrNewerSchema
	}
	if cfg.DatabaseURL != "" {
		return fmt.Errorf("the PostgreSQL database of --database-url can't be used: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	folder, absErr := filepath.Abs(cfg.Data)
	if absErr != nil {
		folder = cfg.Data
	}
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		return fmt.Errorf("the data folder %s can't be used: %s: %w; let this user write there, or choose another folder with --data",
			folder, file.Path, file.Err)
	}
	return fmt.Errorf("the database in %s can't be used: %w", folder, err)
}
