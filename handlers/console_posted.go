package handlers

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// consoleForm reads a posted console, whose form may hold files.
func consoleForm(c echo.Context) (url.Values, map[string]upload, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return nil, nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxConsoleForm)
	if kind == "application/x-www-form-urlencoded" {
		if err := r.ParseForm(); err != nil {
			return nil, nil, badInput(err)
		}
		posted, err := once(r.PostForm)
		return posted, nil, err
	}
	if err := r.ParseMultipartForm(maxConsoleForm); err != nil {
		return nil, nil, badInput(err)
	}
	defer r.MultipartForm.RemoveAll()
	files := map[string]upload{}
	for name, list := range r.MultipartForm.File {
		if len(list) != 1 || list[0].Size == 0 {
			continue // no file chosen
		}
		file, err := list[0].Open()
		if err != nil {
			return nil, nil, badInput(err)
		}
		content, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, nil, badInput(err)
		}
		mediaType := list[0].Header.Get("Content-Type")
		if mediaType == "" {
			mediaType = "application/octet-stream"
		}
		files[name] = upload{name: list[0].Filename, mediaType: mediaType, content: content}
	}
	posted, err := once(r.MultipartForm.Value)
	return posted, files, err
}

// fill puts what was posted into a form. Browsers send line ends as CR LF.
func fill(f *views.ConsoleForm, posted url.Values) {
	eachText(f, func(key string, _ *openapi.FormField, text *string) {
		if posted.Has(key) {
			*text = strings.ReplaceAll(posted.Get(key), "\r\n", "\n")
		}
	})
	if f.Body != nil {
		if media := posted.Get("media"); slices.Contains(f.Body.MediaTypes, media) {
			f.Body.MediaType = media
		}
		f.Body.AsText = posted.Get("as") == "text" || len(f.Body.Fields) == 0
	}
}

// placeKey names a field in the history, whatever its place in the form.
func placeKey(f openapi.FormField) string { return f.In + " " + f.Name }

// fillAgain puts what the history kept into a form.
func fillAgain(f *views.ConsoleForm, kept map[string]string) {
	eachText(f, func(key string, field *openapi.FormField, text *string) {
		if field != nil {
			key = placeKey(*field)
		}
		value, ok := kept[key]
		if *text = value; !ok && field != nil && field.Type == "file" {
			*text = ""
		}
		f.Forgotten = f.Forgotten || kept["forgotten "+key] != ""
	})
	if f.Body != nil {
		if slices.Contains(f.Body.MediaTypes, kept["media"]) {
			f.Body.MediaType = kept["media"]
		}
		f.Body.AsText = kept["as"] == "text" || len(f.Body.Fields) == 0
	}
}

// keep is what the history has of a form: no secret that was typed in, no file, nothing very long.
func keep(f views.ConsoleForm, values map[string]models.Value, files map[string]upload) map[string]string {
	kept := map[string]string{}
	left := maxKeptForm
	eachText(&f, func(key string, field *openapi.FormField, text *string) {
		at := key
		if field != nil {
			at = placeKey(*field)
		}
		value := *text
		if field == nil && !f.Body.AsText {
			return
		}
		_, isFile := files[key]
		secret := field != nil && secretField(*field) && maskTyped(value) != value
		value = hideMembers(hide(value, values, toVariable), "")
		if secret || isFile || len(value) > maxKeptValue || len(value) > left {
			if value != "" || isFile {
				kept["forgotten "+at] = "1"
			}
			return
		}
		if value != "" {
			kept[at] = value
			left -= len(value)
		}
	})
	if f.Body != nil {
		kept["media"] = f.Body.MediaType
		if f.Body.AsText {
			kept["as"] = "text"
		}
	}
	return kept
}
