package views

import (
	_ "embed"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
)

// Input describes a labelled form field. ID is Name when empty.
type Input struct {
	Name, ID, Label, Hint string
	Value                 string
	Type                  string           // of an <input>; "text" when empty
	Errors                Errors           // of the whole form; the field finds its own
	Attrs                 templ.Attributes // more attributes of the control
}

func (in Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return in.Name
}

func (in Input) inputType() string {
	if in.Type != "" {
		return in.Type
	}
	return "text"
}

func (in Input) err() *models.FieldError { return in.Errors.For(in.Name) }

// Control returns what any control of this field carries: its id and name, and the ids of
// its hint and error, in the order in which they are to be read.
func (in Input) Control() templ.Attributes {
	attrs := templ.Attributes{"id": in.id(), "name": in.Name}
	var described []string
	if in.Hint != "" {
		described = append(described, in.id()+"-hint")
	}
	if in.err() != nil {
		described = append(described, in.id()+"-error")
		attrs["aria-invalid"] = "true"
	}
	if len(described) > 0 {
		attrs["aria-describedby"] = strings.Join(described, " ")
	}
	for name, value := range in.Attrs {
		attrs[name] = value
	}
	return attrs
}

// Option is one choice of a select or a segmented control. Lang is set where its text is in
// another language than the page. Disabled shows a choice that is not to be had.
type Option struct {
	Value, Text, Lang string
	Disabled          bool
}

// asOptions offers values that are their own words.
func asOptions(values []string) []Option {
	out := make([]Option, len(values))
	for i, v := range values {
		out[i] = Option{Value: v, Text: v}
	}
	return out
}

func (o Option) attrs(chosen string, key string) templ.Attributes {
	attrs := templ.Attributes{"value": o.Value}
	if o.Value == chosen {
		attrs[key] = true
	}
	if o.Disabled {
		attrs["disabled"] = true
	}
	return attrs
}

// Enhance makes htmx send a form in place: a refused one (409, 422, 429) comes back into
// #main with the summary focused. A form that succeeded answers with HX-Redirect.
func Enhance(action string) templ.Attributes {
	return templ.Attributes{
		"data-hx-post":   action,
		"data-hx-target": "#main",
		"data-hx-select": "#main",
		"data-hx-swap":   "outerHTML show:none",
		"data-hx-sync":   "this:drop",
	}
}

//go:embed zones.txt
var zoneList string

// Zones returns the IANA time zones offered to choose from, by name.
func Zones() []string { return strings.Fields(zoneList) }
