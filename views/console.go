package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
	"tessera/models/openapi"
)

// ConsoleForm is the request console of one operation: what to fill in, and what came of the last Send.
type ConsoleForm struct {
	Project, Endpoint int64
	Method, Path      string // of the operation
	Title             string
	Environment       *models.Environment // nil: the project has none
	Fields            []ConsoleField      // parameters
	Body              *ConsoleBody        // nil: the operation takes none
	Missing           []string            // {{names}} that have no value yet
	Errors            Errors
	Question          *OriginQuestion
	Wait              int // seconds until the next request may be sent; 0: none
	Answer            *ConsoleAnswer
	History           []models.ConsoleRequest // the newest few of the reader's own
	Forgotten         bool                    // filled in from the history, which holds no secrets and no files
	Alone             bool                    // on a page of its own
	OnlyAnswer        bool                    // htmx asks for nothing else
}

// AnswerID is the element that holds the answer, and the name of the fragments that
// a request changes.
const AnswerID = "answer"

// ConsoleTarget is the element that a console with errors takes the place of.
const ConsoleTarget = "#console"

// ConsoleField is one control. Key is its name in the form.
type ConsoleField struct {
	openapi.FormField
	Key, Value string
}

// ConsoleBody is the part of the form for a request body.
type ConsoleBody struct {
	MediaTypes []string
	MediaType  string // the chosen one
	FieldsFor  string // the media type that Fields make
	Fields     []ConsoleField
	Text       string // the whole body
	AsText     bool   // Text is sent, not the fields
	File       bool   // the whole body may be a file
	Required   bool
}

// OriginQuestion asks before secrets go to another origin than they were entered for.
type OriginQuestion struct {
	Origin string
	Names  []string
}

// ConsoleAnswer is what came back.
type ConsoleAnswer struct {
	Failure     string // why nothing came: the end of a message's key, else ""
	Status      int
	Reason      string // of the status
	TookMS      int64
	Size        int64
	ContentType string
	Headers     []ConsoleHeader
	JSON        []byte // a body to fold; nil when it is something else or too long
	Text        string
	Cut         bool   // Text is only its beginning
	Image       string // a data: address
	Download    string // address of the whole body, "" when it is all here
	Curl        string // the request, secrets masked
}

// ConsoleHeader is one line of an answer's header.
type ConsoleHeader struct{ Name, Value string }

func (f ConsoleForm) path(below string) string {
	return EndpointPath(f.Project, f.Endpoint, below)
}

// multipart reports whether the form has files.
func (f ConsoleForm) multipart() bool {
	if f.Body == nil {
		return false
	}
	for _, field := range f.Body.Fields {
		if field.Type == "file" {
			return true
		}
	}
	return f.Body.File
}

// formAttrs makes htmx send the form in place: the answer comes back beside it, and Cancel
// aborts. What stands above a form that was refused has to go when it is sent again.
func (f ConsoleForm) formAttrs() templ.Attributes {
	attrs := templ.Attributes{
		"data-hx-post": f.path("/send"), "data-hx-target": "#" + AnswerID, "data-hx-swap": "outerHTML show:none", "data-hx-sync": "this:drop",
	}
	if len(f.Errors) > 0 || f.Question != nil || f.Wait > 0 {
		attrs["data-hx-target"], attrs["data-hx-select"] = ConsoleTarget, ConsoleTarget
	}
	if f.multipart() {
		attrs["enctype"], attrs["data-hx-encoding"] = "multipart/form-data", "multipart/form-data"
	}
	return attrs
}

func (f ConsoleForm) group(in string) []ConsoleField {
	var out []ConsoleField
	for _, field := range f.Fields {
		if field.In == in {
			out = append(out, field)
		}
	}
	return out
}

func (b *ConsoleBody) as() string {
	if b.AsText {
		return "text"
	}
	return "fields"
}

// answerKind is the colour of an HTTP status.
func answerKind(status int) (kind, icon string) {
	switch {
	case status >= 200 && status < 300:
		return "ok", "check"
	case status >= 400:
		return "danger", "cross"
	}
	return "warn", "clock"
}

func (a *ConsoleAnswer) statusText() string {
	return strings.TrimSpace(strconv.Itoa(a.Status) + " " + a.Reason)
}

// bytesText is a size as people read it.
func (p Page) bytesText(n int64) string {
	switch {
	case n < 1000:
		return p.T("console.bytes", "n", n)
	case n < 1_000_000:
		return p.T("console.kilobytes", "size", strconv.FormatFloat(float64(n)/1000, 'f', 1, 64))
	}
	return p.T("console.megabytes", "size", strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64))
}

func (a *ConsoleAnswer) headerText() string {
	var b strings.Builder
	for _, h := range a.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	return b.String()
}

func (b *ConsoleBody) textPane() templ.Attributes {
	if len(b.Fields) == 0 {
		return nil
	}
	return templ.Attributes{"data-pane": "text"}
}

func (b *ConsoleBody) textInput(p Page, errors Errors) Input {
	return Input{
		Name: "text", Label: p.T("console.whole_body"), Errors: errors,
		Attrs: templ.Attributes{"autocomplete": "off", "spellcheck": "false"},
	}
}

// mediaHint says which types the fields do not make.
func (b *ConsoleBody) mediaHint(p Page) string {
	if len(b.Fields) == 0 {
		return ""
	}
	return p.T("console.media_hint", "type", b.FieldsFor)
}
