package openapi

// View answers what pages show of a description, or of a part of one, in the words of
// OpenAPI 3.1 whatever dialect it was written in. What it returns is bounded in depth
// and width, so that any description has pages of bounded size.
type View struct {
	doc        *Document
	components map[[2]string]Raw
	stored     map[string]string // names of schemas before conversion, by what they became
	decoded    map[string]*node  // targets of references

	left  int // schemas that may still be described in place
	rows  int // parameters, responses, media types, … likewise
	bytes int // of texts and values behind references likewise
}

// Bounds of what one page describes.
const (
	maxSchemas    = 150      // schemas in place, of all depths
	maxInline     = 3000     // schemas beyond those that stand in the part itself
	maxRows       = 3000     // parameters, responses, media types, alternatives of all places
	maxWords      = 4 << 20  // bytes of texts and values of schemas
	maxRefDepth   = 3        // references that are opened within one another
	maxInPlace    = 24       // schemas within one another, references not counted
	maxProperties = 400      // of one object
	maxValues     = 200      // of an enum
	maxListed     = 300      // parameters, responses, media types, alternatives of one place
	maxExample    = 64 << 10 // bytes; longer ones are left out
)

// NewView converts d, which must be small: what a page is about with what that refers to, not a whole project.
func NewView(d *Document) *View {
	names := validNames(d.Components)
	v := &View{components: map[[2]string]Raw{}, stored: map[string]string{}, decoded: map[string]*node{},
		left: maxSchemas, rows: maxRows, bytes: maxWords}
	for key, name := range names {
		if key[0] == "schemas" {
			v.stored[name] = key[1]
		}
	}
	v.doc, _ = d.convert(V31)
	for _, c := range v.doc.Components {
		v.components[[2]string{c.Kind, c.Name}] = c.Raw
	}
	return v
}

// Operation describes the first operation of the description.
func (v *View) Operation() *OperationView {
	if len(v.doc.Operations) == 0 {
		return nil
	}
	op := v.doc.Operations[0]
	n := decode(op.Raw)
	out := &OperationView{Method: op.Method, Path: op.Path}
	v.texts(n, out)
	var inherited *node
	for _, item := range v.doc.Paths {
		if item.Path == op.Path {
			inherited = v.resolve(decode(item.Raw))
		}
	}
	out.Parameters = v.parameters(inherited.get("parameters"), n.get("parameters"))
	out.Body = v.body(n.get("requestBody"))
	out.Responses = v.responses(n.get("responses"))
	out.Security = v.security(n.get("security"))
	out.Callbacks = v.callbacks(n.get("callbacks"))
	return out
}

func (v *View) texts(n *node, out *OperationView) {
	out.Summary, out.Description = n.get("summary").text(), n.get("description").text()
	out.OperationID, out.Deprecated = n.get("operationId").text(), n.get("deprecated").is("true")
	out.Docs = docs(n)
}

func docs(n *node) *LinkView {
	d := n.get("externalDocs")
	if address := d.get("url").text(); address != "" {
		return &LinkView{URL: address, Description: d.get("description").text()}
	}
	return nil
}

// Schema describes a schema by its name in the project; nil when there is none.
func (v *View) Schema(name string) *SchemaView {
	for became, was := range v.stored {
		if was == name {
			name = became
		}
	}
	raw, ok := v.components[[2]string{"schemas", name}]
	if !ok {
		return nil
	}
	return v.schema(decode(raw), spot{open: []string{name}})
}

// full reports whether a list of so many has all that it may have; else it counts
// one more.
func (v *View) full(listed int) bool {
	if listed >= maxListed || v.rows <= 0 {
		return true
	}
	v.rows--
	return false
}

// Info describes the root: title, version and description.
func Info(root []Member) (title, version, description string) {
	info := rootMember(root, "info")
	return text(get(info, "title")), text(get(info, "version")), text(get(info, "description"))
}

// Reference names a component.
type Reference struct{ Kind, Name string }

// References lists the components that a part refers to, once each: those of an
// operation's request first, the security schemes that it asks for last.
func References(raw Raw) []Reference {
	var out []Reference
	seen := map[Reference]bool{}
	add := func(r Reference) {
		if r.Name != "" && !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	for _, part := range []Raw{get(raw, "parameters"), get(raw, "requestBody"), raw} {
		for _, ref := range refsIn(part) {
			target := refTarget(ref)
			add(Reference{target[0], target[1]})
		}
	}
	for _, r := range SecuritySchemes(get(raw, "security")) {
		add(r)
	}
	return out
}

// SecuritySchemes lists the schemes that a list of security requirements names.
func SecuritySchemes(security Raw) []Reference {
	var out []Reference
	for alternative := range elements(security) {
		for name := range members(alternative) {
			out = append(out, Reference{"securitySchemes", name})
		}
	}
	return out
}
