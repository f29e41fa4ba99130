package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/labstack/echo/v4"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// baseline serves the least that could do a job, to measure the product
// against. It answers /fixed and /refused with given bytes, /row after one read
// by a token's hash, /page with ten rows in plain HTML, and /decode after it has
// decoded a JSON text once.
type baseline struct {
	Listen  string
	Kind    string // "http" (net/http alone) or "echo"
	Fixed   answer // of /fixed and /row: the product's own, byte for byte
	Refused answer // of /refused
	Data    string // folder of the database, for /row and /page
	User    int64  // whose ten tokens /page shows
	JSON    string // file of the text that /decode decodes
}

func (b baseline) serve() error {
	var handler http.Handler
	switch b.Kind {
	case "http":
		handler = http.HandlerFunc(b.bare)
	default:
		e := echo.New()
		e.GET("/fixed", b.Fixed.write)
		e.GET("/refused", b.Refused.write)
		if b.Data != "" {
			db, err := openReadOnly(b.Data)
			if err != nil {
				return err
			}
			e.GET("/row", b.row(db))
			e.GET("/page", b.page(db))
		}
		if b.JSON != "" {
			text, err := os.ReadFile(b.JSON)
			if err != nil {
				return err
			}
			e.GET("/decode", decode(text))
		}
		handler = e
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: b.Listen, Handler: handler}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// answer is what a server sends. The headers are sent as they are; only the date is new.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (a *answer) write(c echo.Context) error {
	maps.Copy(c.Response().Header(), a.Header)
	return c.Blob(a.Status, a.Header.Get("Content-Type"), []byte(a.Body))
}

func (b baseline) bare(w http.ResponseWriter, _ *http.Request) {
	maps.Copy(w.Header(), b.Fixed.Header)
	w.Write([]byte(b.Fixed.Body))
}

// openReadOnly opens the product's database with its own settings for readers.
func openReadOnly(data string) (*gorm.DB, error) {
	file := (&url.URL{Path: filepath.Join(data, "tessera.db")}).EscapedPath()
	db, err := gorm.Open(sqlite.Open("file:"+file+"?_journal_mode=WAL&_query_only=on&_busy_timeout=5000"),
		&gorm.Config{PrepareStmt: true, SkipDefaultTransaction: true, Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(4)
	pool.SetMaxIdleConns(4)
	return db, nil
}

// tokenRow is the least that a decision about a token needs.
type tokenRow struct {
	ID, UserID           int64
	PublicID, Name       string
	CreatedAt            int64
	ExpiresAt, RevokedAt *int64
}

func (tokenRow) TableName() string { return "tokens" }

func (b baseline) row(db *gorm.DB) echo.HandlerFunc {
	return func(c echo.Context) error {
		hash := sha256.Sum256([]byte(strings.TrimPrefix(c.Request().Header.Get("Authorization"), "Bearer ")))
		var row tokenRow
		err := db.WithContext(c.Request().Context()).Where("hash = ?", hash[:]).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return b.Refused.write(c)
		}
		if err != nil {
			return err
		}
		return b.Fixed.write(c)
	}
}

func decode(text []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	}
}

func (b baseline) page(db *gorm.DB) echo.HandlerFunc {
	return func(c echo.Context) error {
		var rows []tokenRow
		err := db.WithContext(c.Request().Context()).Where("user_id = ?", b.User).Order("created_at DESC, id DESC").Limit(10).Find(&rows).Error
		if err != nil {
			return err
		}
		var page bytes.Buffer
		page.WriteString("<!doctype html><title>Tokens</title><table>")
		for _, r := range rows {
			fmt.Fprintf(&page, "<tr><td>%s<td>%s<td>%d", html.EscapeString(r.Name), r.PublicID, r.CreatedAt)
		}
		page.WriteString("</table>")
		return c.HTMLBlob(http.StatusOK, page.Bytes())
	}
}
