package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"tessera/models"
)

// problems collects what is wrong with a configuration, so that a person learns all of it at once.
type problems []string

// add notes what is wrong with a flag and how to put it right.
func (p *problems) add(flag, format string, args ...any) {
	*p = append(*p, "--"+flag+": "+fmt.Sprintf(format, args...))
}

// err is nil when nothing is wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return errors.New(strings.Join(p, "\n"))
}

// number reads a whole number from low to high.
func (p *problems) number(flag, s string, low, high int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		p.add(flag, "%q is not a whole number from %d to %d", s, low, high)
	}
	return n
}

// period reads a length of time of a minute or more, such as 12h or 30d.
func (p *problems) period(flag, s string) time.Duration {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		if n > maxPeriodDays {
			err = strconv.ErrRange
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < time.Minute || d > maxPeriodDays*24*time.Hour {
		p.add(flag, "%q is not a length of time from 1m to %dd; write for instance 12h or 30d", s, maxPeriodDays)
	}
	return d
}

// maxTokensLimit is the highest number of live tokens a person that can be set.
const maxTokensLimit = 1_000_000

const maxDrainDelay = time.Minute

// maxPeriodDays is as long as a browser keeps a cookie.
const maxPeriodDays = 400

// secret returns the value of a flag, or what stands in the file that the
// flag's companion, --flag-file, names.
func (p *problems) secret(flag, value, file string) string {
	if file == "" {
		return value
	}
	if value != "" {
		p.add(flag, "--%s-file is set too; keep one of them", flag)
		return value
	}
	b, err := os.ReadFile(file)
	if err != nil {
		p.add(flag+"-file", "%v", err)
	}
	return strings.TrimRight(string(b), "\r\n")
}

// databaseFlags belong to every command that opens the database.
type databaseFlags struct {
	Data            string `default:"./data" help:"Folder of the SQLite database and other files (${default})." placeholder:"FOLDER"`
	DatabaseURL     string `name:"database-url" help:"PostgreSQL database to use instead of SQLite." placeholder:"postgres://…"`
	DatabaseURLFile string `name:"database-url-file" help:"File that holds the database URL." placeholder:"FILE"`
	SecretKeyFile   string `help:"File of the key that encrypts environments' secrets, 64 hexadecimal digits (secret.key in the data folder, made at the first start)." placeholder:"FILE"`
}

func (f *databaseFlags) config(p *problems) models.Config {
	cfg := models.Config{Data: f.Data, DatabaseURL: p.secret("database-url", f.DatabaseURL, f.DatabaseURLFile), SecretKey: f.SecretKeyFile}
	if cfg.Data == "" {
		p.add("data", "is empty; name a folder")
	}
	if cfg.DatabaseURL != "" {
		// The value may hold a password: no message repeats it.
		if u, err := url.Parse(cfg.DatabaseURL); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			p.add("database-url", "is not of the form postgres://user:password@host:5432/database")
		}
	} else if f.DatabaseURLFile != "" && len(*p) == 0 {
		p.add("database-url-file", "%s is empty", f.DatabaseURLFile)
	}
	return cfg
}

// serveFlags are read as they stand: what is wrong is told of all of them together.
type serveFlags struct {
	Listen           string   `default:"127.0.0.1:8080" help:"Address and port to listen on (${default})." placeholder:"HOST:PORT"`
	BaseURL          string   `name:"base-url" help:"Address that people open, when it is another than the one listened on." placeholder:"URL"`
	TrustedProxy     []string `help:"Proxies whose X-Forwarded-For counts: networks or addresses, repeated or separated by commas." placeholder:"CIDR"`
	MaxTokens        string   `default:"100" help:"Live tokens a person may have (${default})." placeholder:"N"`
	KeepEnded        string   `default:"90" help:"Days that expired and revoked tokens stay visible (${default})." placeholder:"DAYS"`
	SessionIdle      string   `default:"7d" help:"A session ends when not used for so long (${default})." placeholder:"TIME"`
	SessionMax       string   `default:"30d" help:"A session ends after so long in any case (${default})." placeholder:"TIME"`
	AdminSessionIdle string   `default:"12h" help:"The same for administrators (${default})." placeholder:"TIME"`
	AdminSessionMax  string   `default:"7d" help:"The same for administrators (${default})." placeholder:"TIME"`
	BadTokenLimit    string   `default:"100" help:"Requests a minute with bad tokens that one network may make; 0 for no limit (${default})." placeholder:"N"`
	CallLimit        string   `default:"1200" help:"Calls a minute of the services that one token may make; 0 for no limit (${default})." placeholder:"N"`
	ImportCallLimit  string   `default:"600" help:"How many of them may be imports; 0 for no limit (${default})." placeholder:"N"`
	ImportLimit      string   `default:"64" help:"MiB that an imported description may have (${default})." placeholder:"MIB"`
	OutboundAllow    []string `help:"What imports by URL and the console may reach besides https sites of the open internet: networks or HOST:PORT, repeated or separated by commas." placeholder:"CIDR|HOST:PORT"`
	GitHubKeysURL    string   `name:"github-keys-url" help:"Where the keys are with which GitHub signs what its secret scanning finds, when not at GitHub itself." placeholder:"URL"`
	DrainDelay       string   `default:"0s" help:"How long /readyz answers 503 before the port closes, for a load balancer to notice (${default})." placeholder:"TIME"`
	LogLevel         string   `default:"info" help:"What to log: debug, info, warn or error (${default})." placeholder:"LEVEL"`
	Dev              bool     `hidden:"" help:"Serve the gallery of all pages."`
}

// config checks the flags and makes of them what an App runs with, except for its logger.
func (f *serveFlags) config(p *problems) Config {
	cfg := Config{
		Listen:              f.Listen,
		BaseURL:             f.baseURL(p),
		TrustedProxies:      f.trustedProxies(p),
		BadBearersPerMinute: p.number("bad-token-limit", f.BadTokenLimit, 0, 1_000_000),
		CallsPerMinute:      p.number("call-limit", f.CallLimit, 0, 1_000_000),
		ImportsPerMinute:    p.number("import-call-limit", f.ImportCallLimit, 0, 1_000_000),
		ImportLimit:         int64(p.number("import-limit", f.ImportLimit, 1, 1024)) << 20,
		GitHubKeysURL:       f.githubKeysURL(p),
		Dev:                 f.Dev,
	}
	for _, s := range f.OutboundAllow {
		if err := cfg.Outbound.Add(s); err != nil {
			p.add("outbound-allow", "%v", err)
		}
	}
	delay, err := time.ParseDuration(f.DrainDelay)
	if err != nil || delay < 0 || delay > maxDrainDelay {
		p.add("drain-delay", "%q is not a length of time from 0s to %s, for instance 10s", f.DrainDelay, maxDrainDelay)
	}
	cfg.DrainDelay = delay
	if err := cfg.LogLevel.UnmarshalText([]byte(f.LogLevel)); err != nil {
		p.add("log-level", "%q is not one of debug, info, warn and error", f.LogLevel)
	}
	if _, port, err := net.SplitHostPort(f.Listen); err != nil {
		p.add("listen", "%q is not of the form host:port, for instance 127.0.0.1:8080 or :8080", f.Listen)
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		p.add("listen", "the port of %q is not a number from 0 to %d", f.Listen, 1<<16-1)
	} else if n == 0 && cfg.BaseURL != nil {
		p.add("listen", "port 0 means any free one, and so can't be behind a --base-url; name a port")
	}
	cfg.Models.Limits = models.Limits{
		LiveTokens:       p.number("max-tokens", f.MaxTokens, 1, maxTokensLimit),
		KeepEnded:        time.Duration(p.number("keep-ended", f.KeepEnded, 1, 3650)) * 24 * time.Hour,
		SessionIdle:      p.period("session-idle", f.SessionIdle),
		SessionMax:       p.period("session-max", f.SessionMax),
		AdminSessionIdle: p.period("admin-session-idle", f.AdminSessionIdle),
		AdminSessionMax:  p.period("admin-session-max", f.AdminSessionMax),
	}
	return cfg
}

func (f *serveFlags) baseURL(p *problems) *url.URL {
	if f.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(f.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		p.add("base-url", "%q is not of the form https://tessera.example.com", f.BaseURL)
		return nil
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		p.add("base-url", "%q has more than scheme, host and port; Tessera needs a host name of its own, so write %s://%s",
			u.Redacted(), u.Scheme, u.Host)
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}

func (f *serveFlags) githubKeysURL(p *problems) string {
	if f.GitHubKeysURL == "" {
		return ""
	}
	u, err := url.Parse(f.GitHubKeysURL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		p.add("github-keys-url", "%q is no https address", f.GitHubKeysURL)
	}
	return f.GitHubKeysURL
}

func (f *serveFlags) trustedProxies(p *problems) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range f.TrustedProxy {
		s = strings.TrimSpace(s)
		prefix, err := netip.ParsePrefix(s)
		if addr, addrErr := netip.ParseAddr(s); err != nil && addrErr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			p.add("trusted-proxy", "%q is neither a network such as 10.0.0.0/8 nor an address such as 10.1.2.3", s)
			continue
		}
		all = append(all, prefix.Masked())
	}
	return all
}
