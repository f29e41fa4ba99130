package views

import (
	"regexp"
	"strings"

	"tessera/models"
	"tessera/models/openapi"
)

// sampleRequest is a call of an operation to copy. What is not known, and each
// secret, stands in it as the name of a variable of the shell.
type sampleRequest struct {
	method  string
	address []samplePiece
	headers []sampleHeader
	user    bool   // basic authorisation
	body    string // text; empty: none
	form    []sampleHeader
	files   []string
}

// samplePiece is a text, or the name of a variable in its place.
type samplePiece struct {
	text     string
	variable bool
}

type sampleHeader struct {
	name  string
	value []samplePiece
}

func plain(s string) samplePiece    { return samplePiece{text: s} }
func variable(s string) samplePiece { return samplePiece{text: shellName(s), variable: true} }

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)

// shellName makes a variable's name of the shell: shipmentId becomes SHIPMENT_ID.
func shellName(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	out := strings.Trim(strings.ToUpper(notInNames.ReplaceAllString(b.String(), "_")), "_")
	if out == "" || out[0] >= '0' && out[0] <= '9' {
		return "VALUE_" + out
	}
	return out
}

// sampler makes samples for one page.
type sampler struct {
	base   string
	values map[string]string // what the reader's environment says, without secrets
	secret map[string]bool   // its secrets
}

func newSampler(e APIEndpoint, m ProjectMeta) sampler {
	s := sampler{values: map[string]string{}, secret: map[string]bool{}}
	if m.Current != nil {
		s.base = m.Current.BaseURL
	}
	for _, v := range e.Variables {
		switch {
		case v.Secret:
			s.secret[v.Name] = true
		case v.Personal != nil:
			s.values[v.Name] = v.Personal.Value
		case v.Shared != "":
			s.values[v.Name] = v.Shared
		}
	}
	return s
}

var variableMarks = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}`)

// fill resolves {{name}}.
func (s sampler) fill(value string) []samplePiece {
	var out []samplePiece
	for {
		at := variableMarks.FindStringSubmatchIndex(value)
		if at == nil {
			return append(out, plain(value))
		}
		out = append(out, plain(value[:at[0]]))
		name := value[at[2]:at[3]]
		if known, ok := s.values[name]; ok {
			out = append(out, plain(known))
		} else {
			out = append(out, variable(name))
		}
		value = value[at[1]:]
	}
}

// parameter is the value of a parameter that a call needs.
func (s sampler) parameter(p *openapi.ParameterView) []samplePiece {
	if value, ok := s.values[p.Name]; ok && value != "" {
		return []samplePiece{plain(value)}
	}
	if value := parameterExample(p); value != "" {
		return []samplePiece{plain(value)}
	}
	return []samplePiece{variable(p.Name)}
}

func parameterExample(p *openapi.ParameterView) string {
	if p.Example != nil {
		return literal(p.Example)
	}
	if s := p.Schema; s != nil {
		for _, known := range [][]openapi.Raw{{s.Const}, s.Examples, {s.Default}, s.Enum} {
			if len(known) > 0 && known[0] != nil {
				return literal(known[0])
			}
		}
	}
	return ""
}

func (s sampler) request(e APIEndpoint) sampleRequest {
	o := e.Operation
	r := sampleRequest{method: strings.ToUpper(e.Endpoint.Method)}
	if s.base == "" {
		r.address = append(r.address, variable("base_url"))
	} else {
		r.address = append(r.address, s.fill(s.base)...)
	}
	byName := map[string]*openapi.ParameterView{}
	for i := range o.Parameters {
		if o.Parameters[i].In == "path" {
			byName[o.Parameters[i].Name] = &o.Parameters[i]
		}
	}
	for i, part := range pathParts(e.Endpoint.Path) {
		if i%2 == 0 {
			r.address = append(r.address, plain(part))
			continue
		}
		p := byName[part[1:len(part)-1]]
		if p == nil {
			p = &openapi.ParameterView{Name: part[1 : len(part)-1]}
		}
		r.address = append(r.address, s.parameter(p)...)
	}
	mark := "?"
	query := func(name string, value []samplePiece) {
		r.address = append(r.address, plain(mark+name+"="))
		r.address = append(r.address, value...)
		mark = "&"
	}
	for i := range o.Parameters {
		p := &o.Parameters[i]
		switch {
		case !p.Required:
		case p.In == "query":
			query(p.Name, s.parameter(p))
		case p.In == "header":
			r.headers = append(r.headers, sampleHeader{p.Name, s.parameter(p)})
		case p.In == "cookie":
			r.headers = append(r.headers, sampleHeader{"Cookie", append([]samplePiece{plain(p.Name + "=")}, s.parameter(p)...)})
		}
	}
	if len(o.Security) > 0 {
		for _, scheme := range o.Security[0].Schemes {
			s.authorise(&r, scheme, query)
		}
	}
	s.body(&r, o.Body)
	return r
}

// token is the variable that stands for a secret: of the environment if it has one.
func (s sampler) token() samplePiece {
	if s.secret[models.TokenVariable] || len(s.secret) == 0 {
		return variable(models.TokenVariable)
	}
	for name := range s.secret {
		if len(s.secret) == 1 {
			return variable(name)
		}
	}
	return variable(models.TokenVariable)
}

func (s sampler) authorise(r *sampleRequest, scheme openapi.SchemeView, query func(string, []samplePiece)) {
	switch {
	case scheme.Type == "http" && scheme.Scheme == "basic":
		r.user = true
	case scheme.Type == "apiKey" && scheme.In == "query":
		query(scheme.Param, []samplePiece{s.token()})
	case scheme.Type == "apiKey" && scheme.In == "cookie":
		r.headers = append(r.headers, sampleHeader{"Cookie", []samplePiece{plain(scheme.Param + "="), s.token()}})
	case scheme.Type == "apiKey":
		r.headers = append(r.headers, sampleHeader{scheme.Param, []samplePiece{s.token()}})
	case scheme.Type != "":
		r.headers = append(r.headers, sampleHeader{"Authorization", []samplePiece{plain("Bearer "), s.token()}})
	}
}

// maxSampleBody bounds the body in a sample, in bytes.
const maxSampleBody = 8 << 10

func (s sampler) body(r *sampleRequest, body *openapi.BodyView) {
	if body == nil || len(body.Content) == 0 {
		return
	}
	media := &body.Content[0]
	switch {
	case strings.HasPrefix(media.Type, "multipart/"), media.Type == "application/x-www-form-urlencoded":
		for _, p := range media.Schema.Merged() {
			if p.Schema.IsFile() {
				r.files = append(r.files, p.Name)
				continue
			}
			if p.Required {
				r.form = append(r.form, sampleHeader{p.Name, s.fill(literal(p.Schema.Sample(true)))})
			}
		}
		if len(r.files) > 0 {
			return // their type is curl's
		}
		if strings.HasPrefix(media.Type, "multipart/") {
			return
		}
	default:
		r.body = "{}"
		if sample := media.Sample(true); sample != nil {
			r.body = indented(sample)
		}
		if !strings.Contains(media.Type, "json") && strings.HasPrefix(r.body, `"`) {
			r.body = literal(openapi.Raw(r.body))
		}
		if len(r.body) > maxSampleBody {
			r.body = "{}"
		}
	}
	r.headers = append(r.headers, sampleHeader{"Content-Type", []samplePiece{plain(media.Type)}})
}

var inDoubleQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`", "\n", " ")

// shellText is a value in double quotes of the shell.
func shellText(pieces []samplePiece) string {
	var b strings.Builder
	for i, piece := range pieces {
		switch {
		case !piece.variable:
			b.WriteString(inDoubleQuotes.Replace(piece.text))
		case i+1 < len(pieces) && (pieces[i+1].variable || wordFirst.MatchString(pieces[i+1].text)):
			b.WriteString("${" + piece.text + "}") // else the name would run into what comes next
		default:
			b.WriteString("$" + piece.text)
		}
	}
	return b.String()
}

var wordFirst = regexp.MustCompile(`^[A-Za-z0-9_]`)

// curl writes the request as a line of curl.
func (r sampleRequest) curl() string {
	lines := []string{`curl -X ` + r.method + ` "` + shellText(r.address) + `"`}
	if r.user {
		lines = append(lines, `-u "$USERNAME:$PASSWORD"`)
	}
	for _, h := range r.headers {
		lines = append(lines, `-H "`+inDoubleQuotes.Replace(h.name)+": "+shellText(h.value)+`"`)
	}
	flag := "--data-urlencode"
	if len(r.files) > 0 {
		flag = "-F"
	}
	for _, f := range r.form {
		lines = append(lines, flag+` "`+inDoubleQuotes.Replace(f.name)+"="+shellText(f.value)+`"`)
	}
	for _, name := range r.files {
		lines = append(lines, `-F "`+inDoubleQuotes.Replace(name)+`=@file"`)
	}
	if r.body != "" {
		lines = append(lines, `--data '`+strings.ReplaceAll(r.body, "'", `'\''`)+`'`)
	}
	return strings.Join(lines, " \\\n  ")
}
