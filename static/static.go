// Package static holds the files that browsers load beside the pages, inside the binary.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed css fonts *.js *.svg *.txt
var files embed.FS

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

// asset is one file, ready to send.
type asset struct {
	contentType string
	body        []byte
	gzipped     func() []byte // nil where compressing gains nothing
}

// tree is every asset by name, and one hash over all of them. One hash for the whole tree
// keeps relative URLs inside the style sheet right.
type tree struct {
	hash   string
	assets map[string]*asset
}

var load = sync.OnceValue(func() tree {
	t := tree{assets: map[string]*asset{}}
	sum := sha256.New()
	var css []byte
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(body)
		if path.Dir(name) == "css" {
			css = append(css, body...) // the walk is in lexical order, and so is the cascade
			return nil
		}
		t.assets[name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		panic(err) // an embedded file that can't be read is a broken build
	}
	t.assets["app.css"] = newAsset("app.css", css)
	t.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return t
})

func newAsset(name string, body []byte) *asset {
	a := &asset{contentType: contentType(name), body: body}
	if strings.HasPrefix(a.contentType, "font/") {
		return a // woff2 is compressed already
	}
	a.gzipped = sync.OnceValue(func() []byte {
		var buf bytes.Buffer
		w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is a known one
		_, _ = w.Write(body)                                    // a bytes.Buffer takes everything
		_ = w.Close()
		return buf.Bytes()
	})
	return a
}

// contentType does not ask the operating system first, as mime.TypeByExtension does.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// URL returns the address of a file, for instance "/static/3f0c9d1e2b7a/app.css". It changes
// with the content of any file, so browsers may keep what they have for ever.
func URL(name string) string { return Prefix + load().hash + "/" + name }

// Handler serves the files at the addresses that URL gives, and 404 for all others.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := load()
		name, ok := strings.CutPrefix(r.URL.Path, Prefix+t.hash+"/")
		a := t.assets[name]
		if !ok || a == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		body := a.body
		if a.gzipped != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body = a.gzipped()
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a client that went away is no error of ours
	})
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3) as far as it matters here: gzip named
// and not refused by a zero weight.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) == "gzip" {
			q := strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(q, "q="), "0.") != "" || q == ""
		}
	}
	return false
}
