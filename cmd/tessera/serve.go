package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"unicode/utf8"

	"tessera/models/token"
)

type serveCmd struct {
	databaseFlags
	serveFlags
}

// Run serves until ctx ends or the process is told to stop.
func (c *serveCmd) Run(ctx context.Context, s *streams) (err error) {
	var p problems
	cfg := c.serveFlags.config(&p)
	limits := cfg.Models.Limits
	cfg.Models = c.databaseFlags.config(&p)
	cfg.Models.Limits = limits
	if err := p.err(); err != nil {
		return err
	}
	cfg.Logger = newLogger(s.err, cfg.LogLevel)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	a, err := NewApp(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.greet(ctx, s.out); err != nil {
		return err
	}
	return a.Run(ctx)
}

// greet tells where the product is and, while nobody has an account, how to make the first.
func (a *App) greet(ctx context.Context, out io.Writer) error {
	link, err := a.SetupLink(ctx)
	if err != nil {
		return err
	}
	if err := a.removeSetupFile(); err != nil { // it holds an older link
		return err
	}
	address := fmt.Sprintf("Tessera %s is at %s", Version, a.BaseURL)
	switch {
	case link == "":
		fmt.Fprintln(out, address)
	case isTerminal(out):
		fmt.Fprint(out, box(address, "", "Nobody has an account yet. Open this link within an hour", "to make the first one:", "", link))
	default: // what is written here may be kept for long, and by others
		if err := a.writeSetupFile(link); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\nNobody has an account yet. Open the link in %s within an hour to make the first one.\n", address, a.setupFile())
	}
	return nil
}

// setupFile is where the set-up link stands when standard output is no terminal.
func (a *App) setupFile() string {
	file := filepath.Join(a.data, "setup-link")
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

func (a *App) writeSetupFile(link string) error {
	if err := os.MkdirAll(a.data, 0o700); err != nil { // with PostgreSQL nobody has needed it so far
		return err
	}
	return os.WriteFile(a.setupFile(), []byte(link+"\n"), 0o600)
}

func (a *App) removeSetupFile() error {
	if err := os.Remove(a.setupFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// box draws a frame around lines. It is open to the right, so that the set-up
// link fits into 80 columns.
func box(lines ...string) string {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l)+2)
	}
	edge := strings.Repeat("─", min(width, 80)-1) + "\n"
	var b strings.Builder
	b.WriteString("┌" + edge)
	for _, l := range lines {
		b.WriteString(strings.TrimRight("│ "+l, " ") + "\n")
	}
	b.WriteString("└" + edge)
	return b.String()
}

// newLogger writes text for people and JSON for programs.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

var secretPattern = regexp.MustCompile(token.Pattern)

// redact keeps a token's secret out of the log, wherever it may have come from.
func redact(_ []string, a slog.Attr) slog.Attr {
	var text string
	switch v := a.Value.Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	case fmt.Stringer:
		text = v.String()
	}
	if strings.Contains(text, token.Prefix) {
		a.Value = slog.StringValue(secretPattern.ReplaceAllString(text, token.Prefix+"[redacted]"))
	}
	return a
}
