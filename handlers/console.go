package handlers

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/models/outbound"
	"tessera/views"
)

// consoleRoutes are the request console of each operation.
func (s *Server) consoleRoutes(signedIn addRoute) {
	signedIn("GET", "/projects/:project/api/endpoints/:id/send", s.consolePage)
	signedIn("POST", "/projects/:project/api/endpoints/:id/send", s.consoleSend)
	signedIn("GET", "/projects/:project/api/endpoints/:id/history", s.consoleHistory)
	signedIn("GET", "/projects/:project/answers/:answer", s.savedDownload)
}

// Limits of the console.
const (
	maxConsoleForm  = 32 << 20 // the form with its files
	consoleReadTime = 60 * time.Second
	consoleWrite    = 90 * time.Second
	sendsPerMinute  = 60 // a person
	recentRequests  = 5
	historyPage     = 100
	maxKeptValue    = 8 << 10  // of one field, in the history
	maxKeptForm     = 32 << 10 // of all fields
)

// ownEndpoint is projectPage with the endpoint in the path.
func (s *Server) ownEndpoint(c echo.Context, action models.Action) (views.Page, *visit, views.ProjectMeta, *models.Endpoint, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return views.Page{}, nil, views.ProjectMeta{}, nil, err
	}
	p, v, m, err := s.projectPage(c, action)
	if err != nil {
		return p, v, m, nil, err
	}
	e, err := s.store.Endpoint(c.Request().Context(), &m.Project.Project, id)
	return p, v, m, e, err
}

// console is an empty form of an endpoint's request, prefilled from its
// description and the current environment, and the names that have values there.
func (s *Server) console(ctx context.Context, u *models.User, m views.ProjectMeta, e *models.Endpoint) (views.ConsoleForm, map[string]models.Value, error) {
	f := views.ConsoleForm{Project: m.Project.ID, Endpoint: e.ID, Method: e.Method, Path: e.Path, Title: e.Name, Environment: m.Current}
	if f.Title == "" {
		f.Title = e.Label()
	}
	described, err := s.describeForm(ctx, &m.Project.Project, e)
	if err != nil {
		return f, nil, err
	}
	var values map[string]models.Value
	var names []string
	if m.Current != nil {
		if values, err = s.store.Values(ctx, u, m.Current); err != nil {
			return f, nil, err
		}
		variables, err := s.store.Variables(ctx, u, m.Current)
		if err != nil {
			return f, nil, err
		}
		for _, v := range variables {
			names = append(names, v.Name)
		}
	}
	for i, field := range described.Parameters {
		f.Fields = append(f.Fields, views.ConsoleField{FormField: field, Key: "p" + strconv.Itoa(i), Value: prefill(field, names, described.Bearer)})
	}
	f.Body = consoleBody(described.Bodies, names)
	if f.History, err = s.store.ConsoleHistory(ctx, u, &m.Project.Project, e.ID, recentRequests); err != nil {
		return f, nil, err
	}
	f.Missing = missing(f, values)
	return f, values, nil
}

// describeForm reads what an endpoint wants, with the components that it refers to.
func (s *Server) describeForm(ctx context.Context, p *models.Project, e *models.Endpoint) (openapi.Form, error) {
	var failed error
	note := func(err error) {
		if err != nil && failed == nil {
			failed = err
		}
	}
	item, err := s.store.PathItem(ctx, p, e.Path)
	if errors.Is(err, models.ErrNotFound) {
		item, err = &openapi.PathItem{}, nil
	}
	note(err)
	root, err := s.store.RootMembers(ctx, p)
	note(err)
	if failed != nil {
		return openapi.Form{}, failed
	}
	type name struct{ kind, name string }
	known := map[name]openapi.Component{}
	component := func(kind, of string) (openapi.Component, bool) {
		if c, ok := known[name{kind, of}]; ok || len(known) >= maxComponents {
			return c, c.Raw != nil
		}
		found, err := s.store.Components(ctx, p, kind, []string{of})
		note(err)
		var c openapi.Component
		if len(found) > 0 {
			c = found[0]
		}
		known[name{kind, of}] = c
		return c, c.Raw != nil
	}
	operation := openapi.Operation{Method: e.Method, Path: e.Path, Dialect: e.Dialect, Raw: openapi.Raw(e.Raw)}
	return openapi.FormOf(&operation, openapi.FormContext{PathItem: item.Raw, Root: root, Component: component}), failed
}

// maxComponents bounds how many components one form asks for.
const maxComponents = 300

// prefill is what stands in a field at first: the variable of its name, a token
// where one is asked for, and where something must stand, the description's example.
func prefill(f openapi.FormField, names []string, bearer bool) string {
	switch {
	case slices.Contains(names, f.Name):
		return "{{" + f.Name + "}}"
	case bearer && f.In == "header" && strings.EqualFold(f.Name, "Authorization"):
		return "Bearer {{" + models.TokenVariable + "}}"
	case !f.Required || f.Type == "file":
		return ""
	case f.Default != "":
		return f.Default
	case f.Example != "":
		return f.Example
	case len(f.Enum) == 1:
		return f.Enum[0]
	}
	return ""
}

func consoleBody(bodies []openapi.FormBody, names []string) *views.ConsoleBody {
	if len(bodies) == 0 {
		return nil
	}
	b := &views.ConsoleBody{MediaType: bodies[0].MediaType, Required: bodies[0].Required}
	for _, body := range bodies {
		b.MediaTypes = append(b.MediaTypes, body.MediaType)
		if len(body.Fields) > 0 && b.FieldsFor == "" {
			b.FieldsFor, b.MediaType = body.MediaType, body.MediaType
			for i, field := range body.Fields {
				b.Fields = append(b.Fields, views.ConsoleField{FormField: field, Key: "f" + strconv.Itoa(i), Value: prefill(field, names, false)})
			}
		}
		if b.Text == "" {
			b.Text = body.Example
		}
	}
	if b.Text == "" && openapi.IsJSONType(b.MediaType) && len(b.Fields) > 0 {
		b.Text = skeleton(b.Fields)
	}
	b.AsText = len(b.Fields) == 0
	b.File = b.AsText && !openapi.IsJSONType(b.MediaType) && !strings.HasPrefix(b.MediaType, "text/")
	return b
}

// skeleton is a JSON body of what has to be filled in.
func skeleton(fields []views.ConsoleField) string {
	empty := map[string]string{"integer": "0", "number": "0", "boolean": "false", "array": "[]", "object": "{}"}
	var lines []string
	for _, f := range fields {
		if !f.Required {
			continue
		}
		value := string(jsonText(f.Value))
		if e := empty[f.Type]; e != "" {
			if value = e; f.Value != "" {
				value = f.Value
			}
		}
		lines = append(lines, "  "+string(jsonText(f.Name))+": "+value)
	}
	if len(lines) == 0 {
		return ""
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

// eachText goes through all texts of a form.
func eachText(f *views.ConsoleForm, do func(key string, field *openapi.FormField, text *string)) {
	for i := range f.Fields {
		do(f.Fields[i].Key, &f.Fields[i].FormField, &f.Fields[i].Value)
	}
	if f.Body != nil {
		for i := range f.Body.Fields {
			do(f.Body.Fields[i].Key, &f.Body.Fields[i].FormField, &f.Body.Fields[i].Value)
		}
		do("text", nil, &f.Body.Text)
	}
}

// missing lists the names in a form that have no value.
func missing(f views.ConsoleForm, values map[string]models.Value) []string {
	var out []string
	note := func(text string) {
		for _, name := range models.Names(text) {
			if _, ok := values[name]; !ok && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if f.Environment != nil {
		note(f.Environment.BaseURL)
	}
	eachText(&f, func(key string, field *openapi.FormField, text *string) {
		if key != "text" || f.Body.AsText {
			note(*text)
		}
	})
	return out
}

func (s *Server) consolePage(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	f, values, err := s.console(ctx, v.user, m, e)
	if err != nil {
		return err
	}
	if q.Has("again") {
		id, err := strconv.ParseInt(q.Get("again"), 10, 64)
		if err != nil {
			return models.ErrNotFound
		}
		r, err := s.store.ConsoleRequest(ctx, v.user, &m.Project.Project, e.ID, id)
		if err != nil {
			return err
		}
		fillAgain(&f, r.Form)
		f.Missing = missing(f, values)
	}
	return s.show(c, views.ConsolePage(p, m, f))
}

func (s *Server) consoleHistory(c echo.Context) error {
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	f := views.ConsoleForm{Project: m.Project.ID, Endpoint: e.ID, Method: e.Method, Path: e.Path, Title: e.Name}
	if f.History, err = s.store.ConsoleHistory(c.Request().Context(), v.user, &m.Project.Project, e.ID, historyPage); err != nil {
		return err
	}
	return s.show(c, views.ConsoleHistoryPage(p, m, f))
}

// consoleForm reads a posted console, whose form may hold files.
func consoleForm(c echo.Context) (url.Values, map[string]upload, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return nil, nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	control := http.NewResponseController(c.Response())
	for _, err := range []error{
		control.SetReadDeadline(time.Now().Add(consoleReadTime)), control.SetWriteDeadline(time.Now().Add(consoleReadTime + consoleWrite)),
	} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return nil, nil, err
		}
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

func (s *Server) consoleSend(c echo.Context) error {
	posted, files, err := consoleForm(c)
	if err != nil {
		return err
	}
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if origin := posted.Get("allow_origin"); origin != "" && m.Current != nil {
		// Where it leads elsewhere by now, the question comes again.
		err := s.store.RepinPersonal(ctx, s.actor(c, v), m.Project.ID, m.Current.ID, origin)
		if err != nil && !errors.Is(err, models.ErrConflict) {
			return err
		}
	}
	f, values, err := s.console(ctx, v.user, m, e)
	if err != nil {
		return err
	}
	fill(&f, posted)
	f.Missing = nil // said at the fields
	x := &consoleValues{values: values}
	request := buildRequest(x, f, files)
	x.checkShared(f)
	if len(x.errors) > 0 {
		f.Errors = x.errors
		return s.refuse(c, views.ConsolePage(p, m, f))
	}
	if f.Question = x.question(request.URL); f.Question != nil {
		return s.renderPage(c, http.StatusConflict, views.ConsolePage(p, m, f), 0)
	}
	if wait := s.sends.take(strconv.FormatInt(v.user.ID, 10)); wait > 0 {
		setRetryAfter(c, wait)
		f.Wait = int(wait/time.Second) + 1
		return s.renderPage(c, http.StatusTooManyRequests, views.ConsolePage(p, m, f), 0)
	}
	shown := buildRequest(&consoleValues{values: values, mask: true}, f, files)
	hideIn(&shown, values)
	record := &models.ConsoleRequest{
		ProjectID: m.Project.ID, EndpointID: &e.ID, UserID: v.user.ID, Method: e.Method, URL: shortened(shown.URL), Form: keep(f, values, files),
	}
	start := s.store.Now()
	response, err := s.sendOut(c, request)
	record.Took = s.store.Now().Sub(start).Microseconds()
	switch {
	case errors.Is(err, context.Canceled):
		return err // Cancel was pressed; nobody waits for a page
	case err != nil:
		record.Failure = failureOf(err)
		f.Answer = &views.ConsoleAnswer{Failure: record.Failure}
	default:
		f.Answer = s.answerView(response, values)
		record.Status, record.Size, record.Took = int64(response.Status), int64(len(response.Body)), response.Took.Microseconds()
		if (f.Answer.Cut || f.Answer.Text == "" && f.Answer.Image == "") && len(response.Body) > 0 {
			f.Answer.Download = views.ProjectPath(m.Project.ID, "/answers/"+s.saveAnswer(v.user, response.Body))
		}
	}
	f.Answer.Curl = curlOf(shown)
	if err := s.store.RecordConsole(ctx, record); err != nil {
		return err
	}
	return s.show(c, views.ConsolePage(p, m, f))
}

// question asks whether the secrets of a request may go to its origin, where
// they were entered for another.
func (x *consoleValues) question(address string) *views.OriginQuestion {
	q := &views.OriginQuestion{Origin: models.OriginOf(address)}
	for _, name := range x.used {
		if v := x.values[name]; v.Personal && v.Origin != q.Origin {
			q.Names = append(q.Names, name)
		}
	}
	if len(q.Names) == 0 {
		return nil
	}
	return q
}

// checkShared keeps secrets that are shared from going where one person's own
// values lead: they are meant for the base URL that all see.
func (x *consoleValues) checkShared(f views.ConsoleForm) {
	if f.Environment == nil {
		return
	}
	own := slices.ContainsFunc(models.Names(f.Environment.BaseURL), func(name string) bool { return x.values[name].Personal })
	shared := slices.ContainsFunc(x.used, func(name string) bool { return !x.values[name].Personal })
	if own && shared {
		x.refuse("environment", "shared_secret_elsewhere")
	}
}

// hideIn takes what secrets are left out of a request that is shown.
func hideIn(r *outbound.Request, values map[string]models.Value) {
	r.URL = hide(r.URL, values, toMask)
	for name, list := range r.Header {
		for i := range list {
			r.Header[name][i] = hide(list[i], values, toMask)
		}
	}
	if utf8.Valid(r.Body) {
		r.Body = []byte(hide(string(r.Body), values, toMask))
	}
}

// shortened keeps an address to what the history shows.
func shortened(address string) string {
	address = strings.ReplaceAll(address, url.QueryEscape(mask), mask)
	const most = 2000
	if len(address) > most {
		return strings.ToValidUTF8(address[:most], "") + "…"
	}
	return address
}
