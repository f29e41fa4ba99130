package openapi

import "strings"

// resolve follows references to components; nil when they lead nowhere.
func (v *View) resolve(n *node) *node {
	for range maxResolve {
		ref := n.get("$ref")
		if !ref.isString() {
			return n
		}
		if n = v.target(ref.text()); n == nil {
			return nil
		}
	}
	return nil
}

// target is what a reference leads to, nil when it is not in the view.
func (v *View) target(ref string) *node {
	if known, ok := v.decoded[ref]; ok {
		return known
	}
	names, ok := refNames(ref)
	if !ok || len(names) < 3 || names[0] != "components" {
		return nil
	}
	var n *node
	if raw := lookup(v.components[[2]string{names[1], names[2]}], names[3:]); raw != nil {
		n = decode(raw)
	}
	v.decoded[ref] = n
	return n
}

// parameters are those of the path, unless the operation has one of the same name and
// place, and those of the operation.
func (v *View) parameters(lists ...*node) []ParameterView {
	var out []ParameterView
	at := map[[2]string]int{}
	for _, list := range lists {
		if !list.isList() {
			continue
		}
		for _, kid := range list.kids {
			n := v.resolve(kid)
			if !n.isObject() || v.full(len(out)) {
				continue
			}
			p := v.parameter(n)
			p.Name, p.In = n.get("name").text(), n.get("in").text()
			key := [2]string{p.In, p.Name}
			if i, twice := at[key]; twice {
				out[i] = p
				continue
			}
			at[key] = len(out)
			out = append(out, p)
		}
	}
	return out
}

func (v *View) parameter(n *node) ParameterView {
	p := ParameterView{
		Description: n.get("description").text(), Required: n.get("required").is("true"), Deprecated: n.get("deprecated").is("true"),
		Style: n.get("style").text(),
	}
	if e := n.get("explode"); e != nil {
		explode := e.is("true")
		p.Explode = &explode
	}
	schema := n.get("schema")
	holder := n
	if content := n.get("content"); content.isObject() && len(content.keys) > 0 {
		p.MediaType, holder = content.keys[0], content.kids[0]
		schema = holder.get("schema")
	}
	p.Schema = v.schema(schema, spot{})
	if all := v.examples(holder); len(all) > 0 {
		p.Example = all[0].Value
	}
	return p
}

// examples are those beside a schema: "example" and "examples".
func (v *View) examples(n *node) []ExampleView {
	var out []ExampleView
	if e := n.get("example"); e != nil {
		out = append(out, ExampleView{Value: v.short(e)})
	}
	all := n.get("examples")
	if !all.isObject() {
		return out
	}
	for i, name := range all.keys {
		e := v.resolve(all.kids[i])
		if !e.isObject() || isExtension(name) || v.full(len(out)) {
			continue
		}
		out = append(out, ExampleView{
			Name: name, Summary: e.get("summary").text(), Description: e.get("description").text(),
			Value: v.short(e.get("value")), URL: e.get("externalValue").text(),
		})
	}
	return out
}

// short is the text of a value, nil when it is too long to show.
func (v *View) short(n *node) Raw {
	if n == nil || v.bytes <= 0 {
		return nil
	}
	const each = 16
	raw := n.encode()
	v.bytes -= min(len(raw), maxExample) + each
	if len(raw) > maxExample {
		return nil
	}
	return raw
}

func (v *View) body(n *node) *BodyView {
	n = v.resolve(n)
	if !n.isObject() {
		return nil
	}
	return &BodyView{
		Description: n.get("description").text(), Required: n.get("required").is("true"), Content: v.content(n.get("content")),
	}
}

func (v *View) content(n *node) []MediaView {
	if !n.isObject() {
		return nil
	}
	var out []MediaView
	for i, name := range n.keys {
		media := n.kids[i]
		if !media.isObject() || isExtension(name) || v.full(len(out)) {
			continue
		}
		m := MediaView{Type: name, Schema: v.schema(media.get("schema"), spot{}), Examples: v.examples(media)}
		if encoding := media.get("encoding"); encoding.isObject() {
			m.Encoding = map[string]string{}
			for j, property := range encoding.keys {
				m.Encoding[property] = encoding.kids[j].get("contentType").text()
			}
		}
		out = append(out, m)
	}
	return out
}

func (v *View) responses(n *node) []ResponseView {
	if !n.isObject() {
		return nil
	}
	var out []ResponseView
	for i, status := range n.keys {
		r := v.resolve(n.kids[i])
		if !r.isObject() || isExtension(status) || v.full(len(out)) {
			continue
		}
		view := ResponseView{Status: status, Description: r.get("description").text(), Content: v.content(r.get("content"))}
		if headers := r.get("headers"); headers.isObject() {
			for j, name := range headers.keys {
				h := v.resolve(headers.kids[j])
				if !h.isObject() || v.full(len(view.Headers)) {
					continue
				}
				p := v.parameter(h)
				p.Name, p.In = name, "header"
				view.Headers = append(view.Headers, p)
			}
		}
		if links := r.get("links"); links.isObject() {
			view.Links = links.keys[:min(len(links.keys), maxListed)]
		}
		out = append(out, view)
	}
	return out
}

// security is what the operation asks for, or else what the root does.
func (v *View) security(own *node) []SecurityView {
	if root := rootMember(v.doc.Root, "security"); own == nil && root != nil {
		own = decode(root)
	}
	if !own.isList() {
		return nil
	}
	var out []SecurityView
	for _, alternative := range own.kids {
		if !alternative.isObject() || v.full(len(out)) {
			continue
		}
		var s SecurityView
		for i, name := range alternative.keys {
			if name != "x-apidog" && !v.full(len(s.Schemes)) {
				s.Schemes = append(s.Schemes, v.scheme(name, alternative.kids[i].texts()))
			}
		}
		out = append(out, s)
	}
	return out
}

func (v *View) scheme(name string, scopes []string) SchemeView {
	s := SchemeView{Name: name, Scopes: scopes}
	raw, ok := v.components[[2]string{"securitySchemes", name}]
	if !ok {
		return s
	}
	n := v.resolve(decode(raw))
	s.Type, s.Scheme = n.get("type").text(), strings.ToLower(n.get("scheme").text())
	s.In, s.Param, s.Description = n.get("in").text(), n.get("name").text(), n.get("description").text()
	return s
}

func (v *View) callbacks(n *node) []CallbackView {
	if !n.isObject() {
		return nil
	}
	var out []CallbackView
	for i, name := range n.keys {
		callback := v.resolve(n.kids[i])
		if !callback.isObject() || isExtension(name) {
			continue
		}
		for j, expression := range callback.keys {
			item := v.resolve(callback.kids[j])
			for _, method := range methods {
				op := item.get(method)
				if !op.isObject() || v.full(len(out)) {
					continue
				}
				out = append(out, CallbackView{
					Name: name, Expression: expression, Method: method, Summary: op.get("summary").text(),
					Description: op.get("description").text(), Body: v.body(op.get("requestBody")),
				})
			}
		}
	}
	return out
}
