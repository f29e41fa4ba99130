package views

import (
	"strings"

	"tessera/models/openapi"
)

// python writes the request with the requests library.
func (r sampleRequest) python() string {
	var b strings.Builder
	if r.usesVariables() {
		b.WriteString("import os\n\n")
	}
	b.WriteString("import requests\n\n")
	if r.body != "" {
		b.WriteString("body = " + pythonBlock(r.body) + "\n\n")
	}
	b.WriteString("response = requests.request(\n    " + pythonString(r.method) + ",\n    " + pythonText(r.address) + ",\n")
	if r.user {
		b.WriteString("    auth=(os.environ[\"USERNAME\"], os.environ[\"PASSWORD\"]),\n")
	}
	if len(r.headers) > 0 {
		b.WriteString("    headers={\n")
		for _, h := range r.headers {
			b.WriteString("        " + pythonString(h.name) + ": " + pythonText(h.value) + ",\n")
		}
		b.WriteString("    },\n")
	}
	if len(r.form) > 0 {
		b.WriteString("    data={\n")
		for _, f := range r.form {
			b.WriteString("        " + pythonString(f.name) + ": " + pythonText(f.value) + ",\n")
		}
		b.WriteString("    },\n")
	}
	if len(r.files) > 0 {
		b.WriteString("    files={\n")
		for _, name := range r.files {
			b.WriteString("        " + pythonString(name) + ": open(\"file\", \"rb\"),\n")
		}
		b.WriteString("    },\n")
	}
	if r.body != "" {
		b.WriteString("    data=body.encode(),\n")
	}
	b.WriteString("    timeout=60,\n)\nresponse.raise_for_status()\nprint(response.text)")
	return b.String()
}

func (r sampleRequest) usesVariables() bool {
	has := func(pieces []samplePiece) bool {
		for _, p := range pieces {
			if p.variable {
				return true
			}
		}
		return false
	}
	if r.user || has(r.address) {
		return true
	}
	for _, h := range append(r.headers[:len(r.headers):len(r.headers)], r.form...) {
		if has(h.value) {
			return true
		}
	}
	return false
}

// pythonString is a text as a literal, which JSON's are but for what is no character.
func pythonString(s string) string { return string(openapi.Quote(s)) }

func pythonText(pieces []samplePiece) string {
	var out []string
	for _, p := range pieces {
		switch {
		case p.variable:
			out = append(out, "os.environ["+pythonString(p.text)+"]")
		case p.text != "" && len(out) > 0 && strings.HasSuffix(out[len(out)-1], `"`):
			last := out[len(out)-1]
			out[len(out)-1] = last[:len(last)-1] + pythonString(p.text)[1:]
		case p.text != "":
			out = append(out, pythonString(p.text))
		}
	}
	if len(out) == 0 {
		return `""`
	}
	return strings.Join(out, " + ")
}

// pythonBlock is a text of several lines.
func pythonBlock(s string) string {
	if strings.Contains(s, `"""`) || strings.HasSuffix(s, `"`) || strings.HasSuffix(s, `\`) {
		return pythonString(s)
	}
	return `r"""` + s + `"""`
}
