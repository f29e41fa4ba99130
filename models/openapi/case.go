package openapi

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Case is one request of an operation, filled in: Postman collections have them.
// {{name}} stands for a variable. Values that may be secret are empty.
type Case struct {
	Name       string  `json:"name"` // unique among the cases of an operation
	PathValues []Value `json:"pathValues,omitempty"`
	Query      []Value `json:"query,omitempty"`
	Headers    []Value `json:"headers,omitempty"`
	MediaType  string  `json:"mediaType,omitempty"` // of the body, "" when there is none
	Body       string  `json:"body,omitempty"`      // text of the body
	Form       []Value `json:"form,omitempty"`      // fields of a form instead of Body
}

// Value is a named value of a request.
type Value struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Disabled bool   `json:"disabled,omitempty"` // kept, but not sent
	File     bool   `json:"file,omitempty"`     // a file's place in a form; Value is empty
}

// hide empties a value that had better not be kept.
func (v *Value) hide() {
	if v.File || IsSecretName(v.Name) && !strings.Contains(v.Value, "{{") {
		v.Value = ""
	}
}

// casesMember is the extension that an export keeps cases in, after its vendor.
const casesMember = "cases"

// takeWritten moves the cases of an operation out of Raw, and the address of its
// page away. What is no list of cases stays, as every extension does.
func (o *Operation) takeWritten() {
	for _, vendor := range []string{"apidog", "apifox"} {
		o.Raw = SetMember(o.Raw, "x-run-in-"+vendor, nil)
		name := "x-" + vendor + "-" + casesMember
		if cases, ok := readCases(get(o.Raw, name)); ok {
			o.Cases = cases
			o.Raw = SetMember(o.Raw, name, nil)
		}
	}
}

func readCases(r Raw) (cases []Case, ok bool) {
	if !isArray(r) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(r))
	d.DisallowUnknownFields()
	if d.Decode(&cases) != nil {
		return nil, false
	}
	seen := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		if seen[c.Name] {
			return nil, false
		}
		seen[c.Name] = true
		for _, values := range [][]Value{c.PathValues, c.Query, c.Headers, c.Form} {
			for i := range values {
				values[i].hide()
			}
		}
	}
	return cases, true
}

// setCases writes the cases of an operation into raw.
func (x *exporter) setCases(raw Raw, cases []Case) Raw {
	if len(cases) == 0 {
		return raw
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(cases) != nil {
		return raw
	}
	return SetMember(raw, x.prefix()+casesMember, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
