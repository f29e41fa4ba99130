package openapi

// Sample makes an example value of a schema: one that is given, else the default, else
// one that is made up from its type. Request leaves out what only answers have.
func (s *SchemaView) Sample(request bool) Raw {
	return (&sampler{request: request, left: maxExample}).sample(s, 0).encode()
}

// Sample is an example of the body: one that is given, or made up from the schema. It
// is nil when nothing is known, and for files.
func (m *MediaView) Sample(request bool) Raw {
	for _, e := range m.Examples {
		if e.Value != nil {
			return e.Value
		}
	}
	if m.Schema == nil || m.Schema.IsFile() {
		return nil
	}
	return m.Schema.Sample(request)
}

type sampler struct {
	request bool
	left    int // bytes of given examples that may still be taken
}

// maxSampleDepth bounds objects within one another.
const maxSampleDepth = 8

func (x *sampler) given(s *SchemaView) Raw {
	var all []Raw
	if s.Const != nil {
		all = append(all, s.Const)
	}
	all = append(all, s.Examples...)
	if s.Default != nil {
		all = append(all, s.Default)
	}
	all = append(all, s.Enum...)
	for _, value := range all {
		if len(value) <= x.left {
			x.left -= len(value)
			return value
		}
	}
	return nil
}

func (x *sampler) sample(s *SchemaView, depth int) *node {
	if s == nil || depth > maxSampleDepth {
		return newScalar("null")
	}
	if value := x.given(s); value != nil {
		return decode(value)
	}
	switch s.Type() {
	case "object":
		return x.object(s, depth)
	case "array":
		list := newList()
		for i := range s.Prefix {
			list.add(x.sample(&s.Prefix[i], depth+1))
		}
		if s.Items != nil && len(s.Prefix) == 0 && depth < maxSampleDepth {
			list.add(x.sample(s.Items, depth+1))
		}
		return list
	case "string":
		return newText(sampleText(s))
	case "integer", "number":
		return newScalar(sampleNumber(s))
	case "boolean":
		return newScalar("true")
	}
	for _, list := range [][]SchemaView{s.OneOf, s.AnyOf, s.AllOf} {
		if len(list) > 0 {
			return x.sample(&list[0], depth+1)
		}
	}
	if s.Folded {
		return newObject()
	}
	return newScalar("null")
}

func (x *sampler) object(s *SchemaView, depth int) *node {
	out := newObject()
	for i := range s.AllOf { // those without properties of their own may have alternatives
		if part := x.sample(&s.AllOf[i], depth+1); part.isObject() {
			for j, name := range part.keys {
				out.set(name, part.kids[j])
			}
		}
	}
	for _, p := range s.Properties {
		if p.Pattern || x.request && p.Schema != nil && p.Schema.ReadOnly || !x.request && p.Schema != nil && p.Schema.WriteOnly {
			continue
		}
		if depth >= maxSampleDepth-1 && !p.Required {
			continue
		}
		out.set(p.Name, x.sample(p.Schema, depth+1))
	}
	for _, list := range [][]SchemaView{s.OneOf, s.AnyOf} {
		if len(list) == 0 {
			continue
		}
		if part := x.sample(&list[0], depth+1); part.isObject() {
			for j, name := range part.keys {
				out.set(name, part.kids[j])
			}
		}
	}
	return out
}

// sampleTexts are examples of the formats of JSON Schema and OpenAPI.
var sampleTexts = map[string]string{
	"date": "2027-02-21", "date-time": "2027-02-21T14:59:00Z", "time": "14:59:00Z", "duration": "P1D",
	"email": "mika@example.com", "idn-email": "mika@example.com", "hostname": "example.com", "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
	"uri": "https://example.com/", "url": "https://example.com/", "uri-reference": "/", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"byte": "VGVzc2VyYQ==", "password": "",
}

func sampleText(s *SchemaView) string {
	if t, ok := sampleTexts[s.Format]; ok {
		return t
	}
	if s.ContentCoded == "base64" {
		return sampleTexts["byte"]
	}
	return "string"
}

func sampleNumber(s *SchemaView) string {
	for _, r := range s.Rules {
		if c := r.Value[0]; r.Name == "minimum" && len(r.Value) < 40 && (c == '-' || c >= '0' && c <= '9') {
			return string(r.Value)
		}
	}
	return "1"
}
