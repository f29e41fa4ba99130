package handlers

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// streamServer serves one stream at /x.csv and one at /x.json, which write what rows does.
func streamServer(t *testing.T, rows func(write func(string) error) error) *httptest.Server {
	t.Helper()
	s := &Server{log: slog.New(slog.DiscardHandler)}
	e := echo.New()
	e.GET("/x.csv", func(c echo.Context) error {
		return s.streamCSV(c, "x.csv", []string{"text"}, func(_ context.Context, write func([]string) error) error {
			return rows(func(text string) error { return write([]string{text}) })
		})
	})
	e.GET("/x.json", func(c echo.Context) error {
		return s.streamJSON(c, "x.json", func(_ context.Context, write func(any) error) error {
			return rows(func(text string) error { return write(text) })
		})
	})
	server := httptest.NewServer(e)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(server.Close)
	return server
}

func fetch(t *testing.T, address string) *http.Response {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Body.Close() })
	return r
}

func TestStreams(t *testing.T) {
	formulas := []string{"=SUM(A1)", "+1", "-1", "@x", "\tx", "\x00x"}
	texts := append(formulas, "plain", "a \"quote\", a comma", "two\nlines", "日本語")
	server := streamServer(t, func(write func(string) error) error {
		for _, text := range texts {
			if err := write(text); err != nil {
				return err
			}
		}
		return nil
	})
	r := fetch(t, server.URL+"/x.csv")
	if kind := r.Header.Get("Content-Type"); kind != "text/csv; charset=utf-8; header=present" {
		t.Errorf("the table is %q", kind)
	}
	rows, err := csv.NewReader(r.Body).ReadAll()
	if err != nil || len(rows) != 1+len(texts) {
		t.Fatalf("%q, %v", rows, err)
	}
	for i, text := range texts {
		want := text
		if i < len(formulas) {
			want = "'" + text
		}
		if rows[1+i][0] != want {
			t.Errorf("%q became %q", text, rows[1+i][0])
		}
	}
	var read []string
	if err := json.NewDecoder(fetch(t, server.URL+"/x.json").Body).Decode(&read); err != nil || len(read) != len(texts) || read[1] != texts[1] {
		t.Errorf("%q, %v", read, err)
	}
}

func TestEmptyStreams(t *testing.T) {
	server := streamServer(t, func(func(string) error) error { return nil })
	if body, err := io.ReadAll(fetch(t, server.URL+"/x.csv").Body); err != nil || string(body) != "text\r\n" {
		t.Errorf("%q, %v", body, err)
	}
	if body, err := io.ReadAll(fetch(t, server.URL+"/x.json").Body); err != nil || string(body) != "[]\n" {
		t.Errorf("%q, %v", body, err)
	}
}

// The first rows are there before the last ones are made.
func TestStreamsGoOutAsTheyCome(t *testing.T) {
	for _, name := range []string{"/x.csv", "/x.json"} {
		seen := make(chan bool)
		server := streamServer(t, func(write func(string) error) error {
			for range flushEvery {
				if err := write("x"); err != nil {
					return err
				}
			}
			<-seen
			return write("last")
		})
		lines := bufio.NewReader(fetch(t, server.URL+name).Body)
		for range flushEvery - 1 {
			if _, err := lines.ReadString('\n'); err != nil {
				t.Fatal(name, err)
			}
		}
		close(seen)
		if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), "last") {
			t.Errorf("%s: the rest is %q, %v", name, rest, err)
		}
	}
}

// A stream that fails before its first byte is an error page; one that fails later
// breaks off, so that it is not taken for the whole.
func TestStreamsThatFail(t *testing.T) {
	for _, name := range []string{"/x.csv", "/x.json"} {
		for _, good := range []int{0, 2 * flushEvery} {
			server := streamServer(t, func(write func(string) error) error {
				for range good {
					if err := write("x"); err != nil {
						return err
					}
				}
				return errors.New("the disk is gone")
			})
			r := fetch(t, server.URL+name)
			_, err := io.ReadAll(r.Body)
			saved := r.Header.Get("Content-Disposition") != ""
			if failed := r.StatusCode == http.StatusInternalServerError; failed != (good == 0) || failed == saved || (err != nil) != (good > 0) {
				t.Errorf("%s after %d rows: %d, %v", name, good, r.StatusCode, err)
			}
		}
	}
}

// Whatever stands in a cell, a reader of CSV gets it back, and no spreadsheet takes it for a formula.
func FuzzCSV(f *testing.F) {
	for _, cell := range []string{"", "=1", "a", "'", "\r\n", "\"", ",", "\x00", "-", "＝1"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write([]string{models.QuoteFormula(cell), "next"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		row, err := csv.NewReader(strings.NewReader(b.String())).Read()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(row[0], "\n", "\r\n")
		if strings.TrimPrefix(got, "'") != strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(cell, "\r\n", "\n"), "\n", "\r\n"), "'") {
			t.Errorf("%q became %q", cell, got)
		}
		if row[0] != "" && strings.ContainsAny(row[0][:1], "=+-@\t\r\n\x00") {
			t.Errorf("%q is read as %q", cell, row[0])
		}
	})
}
