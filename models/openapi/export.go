package openapi

import (
	"bytes"
	"slices"
)

// OmittedMember is the member of an exported root that lists what the chosen
// version can't say. Parse leaves it out.
const OmittedMember = "x-apidog-omitted"

// Format is how an export is written.
type Format string

// The formats of an export.
const (
	JSON Format = "JSON"
	YAML Format = "YAML"
)

// ExportOptions says what Export writes. The zero value is JSON of OpenAPI 3.1
// without Apidog's extensions and without servers.
type ExportOptions struct {
	Version          Dialect  // V31 when empty
	Format           Format   // JSON when empty
	Extensions       bool     // write x-apidog-folder, x-apidog-status, …
	ApifoxNames      bool     // write them as x-apifox-…
	AddFoldersToTags bool     // put the folder's path first among the tags of each operation
	Servers          []Server // become the root's servers; in Swagger the first one
	UsedOnly         bool     // leave out components that no exported part refers to
}

// Omission is something that the exported version can't say.
type Omission struct {
	Pointer string // where it stood in its own dialect
	Reason  string // the member or rule in question, such as "callbacks"
	Value   Raw    // what is lost, nil where the pointer says it
}

// Export writes a description. Parts that are in the wanted dialect are copied,
// others converted. Of several operations with one method and path the last is
// written. What the wanted version can't say is returned, and listed in the
// document under OmittedMember. The same input gives the same bytes.
func Export(d *Document, o ExportOptions) ([]byte, []Omission, error) {
	if o.Version == "" {
		o.Version = V31
	}
	if o.Format == "" {
		o.Format = JSON
	}
	if fullVersions[o.Version] == "" || o.Format != JSON && o.Format != YAML {
		return nil, nil, &SyntaxError{Code: CodeFormatNeeded, Detail: string(o.Version) + " " + string(o.Format)}
	}
	doc, omitted := d.lastOfEach(o.Extensions)
	if o.UsedOnly {
		doc.dropUnused()
	}
	doc.Servers = o.Servers
	doc, lost := doc.convert(o.Version)
	omitted = append(omitted, lost...)
	size := 0
	doc.eachPart(func(raw *Raw, _ class, _ ...string) { size += len(*raw) })
	x := &exporter{doc: doc, opt: o, omitted: omitted, out: make([]byte, 0, size+size/8)}
	compact := x.root()
	if o.Format == YAML {
		return appendYAML(nil, compact), omitted, nil
	}
	out, err := indented(compact)
	return out, omitted, err
}

// lastOfEach returns a copy of d in which each method and path occurs once. With
// say, the others are returned as omissions.
func (d *Document) lastOfEach(say bool) (*Document, []Omission) {
	doc := *d
	last := make(map[[2]string]int, len(d.Operations))
	for i := range d.Operations {
		last[[2]string{d.Operations[i].Method, d.Operations[i].Path}] = i
	}
	var omitted []Omission
	doc.Operations = make([]Operation, 0, len(last))
	for i := range d.Operations {
		o := d.Operations[i]
		if last[[2]string{o.Method, o.Path}] == i {
			doc.Operations = append(doc.Operations, o)
		} else if say {
			omitted = append(omitted, Omission{o.Pointer(), "duplicate", o.Raw})
		}
	}
	doc.Paths = slices.Clone(d.Paths)
	doc.Webhooks = slices.Clone(d.Webhooks)
	doc.Components = slices.Clone(d.Components)
	doc.Root = slices.Clone(d.Root)
	return &doc, omitted
}

// exporter assembles parts that are all in the wanted dialect.
type exporter struct {
	doc     *Document
	opt     ExportOptions
	omitted []Omission
	out     []byte
}

func (x *exporter) key(name string) { x.out = appendKey(appendComma(x.out), name) }

func (x *exporter) member(name string, value Raw) {
	x.key(name)
	x.out = append(x.out, value...)
}

// root writes the members in the order of the imported document, the version first
// and what was not there last.
func (x *exporter) root() Raw {
	x.out = append(x.out, '{')
	versionName := "openapi"
	if x.opt.Version == V20 {
		versionName = "swagger"
	}
	version := Quote(fullVersions[x.opt.Version])
	for _, m := range x.doc.Root {
		if m.Name == versionName && m.Dialect == x.opt.Version {
			version = m.Raw
		}
	}
	x.member(versionName, version)
	done := map[string]bool{"openapi": true, "swagger": true, OmittedMember: true}
	for _, m := range x.doc.Root {
		if !done[m.Name] {
			done[m.Name] = true
			x.rootMember(m.Name, m.Raw)
		}
	}
	for _, name := range x.required() {
		if !done[name] {
			x.rootMember(name, nil)
		}
	}
	if len(x.omitted) > 0 {
		x.key(OmittedMember)
		x.out = append(x.out, '[')
		for _, o := range x.omitted {
			x.out = o.append(appendComma(x.out))
		}
		x.out = append(x.out, ']')
	}
	return append(x.out, '}')
}

// append writes the omission. A value with references becomes a text: they lead
// nowhere in this version, and tools would stumble over them.
func (o *Omission) append(b []byte) []byte {
	b = append(appendKey(append(b, '{'), "pointer"), Quote(o.Pointer)...)
	b = append(appendKey(append(b, ','), "reason"), Quote(o.Reason)...)
	if o.Value != nil {
		b = appendKey(append(b, ','), "value")
		if bytes.Contains(o.Value, []byte(`"$ref"`)) {
			b = appendQuoted(b, string(o.Value))
		} else {
			b = append(b, o.Value...)
		}
	}
	return append(b, '}')
}

// required returns the members that every export has, or has when they have content.
func (x *exporter) required() []string {
	if x.opt.Version == V20 {
		return []string{
			"info", "tags", "host", "basePath", "schemes", "paths",
			"definitions", "parameters", "responses", "securityDefinitions", "security",
		}
	}
	return []string{"info", "tags", "paths", "webhooks", "components", "servers", "security"}
}

// rootMember writes one member; a nil value means that the document had none.
func (x *exporter) rootMember(name string, value Raw) {
	v20 := x.opt.Version == V20
	switch {
	case name == "paths":
		x.paths()
	case name == "webhooks" && !v20:
		x.webhooks(value != nil)
	case name == "components" && !v20:
		x.components(value)
	case v20 && kindOf20(name) != "":
		kind := kindOf20(name)
		always := value != nil || kind == "schemas" || kind == "securitySchemes"
		x.kind(name, kind, always)
	case isServerMember(name, x.opt.Version):
		x.server(name)
	case value != nil:
		if name == "security" {
			value = x.requirements(value)
		}
		x.member(name, value)
	case name == "info":
		x.member(name, Raw(`{"title":"","version":""}`))
	case name == "tags" || name == "security":
		x.member(name, Raw("[]"))
	}
}

func (x *exporter) webhooks(always bool) {
	if len(x.doc.Webhooks) == 0 && !always {
		return
	}
	x.key("webhooks")
	x.out = append(x.out, '{')
	for _, m := range x.doc.Webhooks {
		x.member(m.Name, x.clean(m.Raw, classPathItem))
	}
	x.out = append(x.out, '}')
}

// components writes the kinds in the order of skeleton, which is the imported
// components object with null for each kind.
func (x *exporter) components(skeleton Raw) {
	x.key("components")
	x.out = append(x.out, '{')
	done := map[string]bool{}
	for kind, value := range members(skeleton) {
		done[kind] = true
		if slices.Contains(componentKinds, kind) {
			x.kind(kind, kind, true)
		} else {
			x.member(kind, value)
		}
	}
	for _, kind := range componentKinds {
		if !done[kind] {
			x.kind(kind, kind, kind == "schemas" || kind == "securitySchemes")
		}
	}
	x.out = append(x.out, '}')
}

// kind writes all components of a kind under a name.
func (x *exporter) kind(name, kind string, always bool) {
	open := false
	for i := range x.doc.Components {
		c := &x.doc.Components[i]
		if c.Kind != kind {
			continue
		}
		if !open {
			x.key(name)
			x.out = append(x.out, '{')
			open = true
		}
		x.member(c.Name, x.componentRaw(c))
	}
	if open {
		x.out = append(x.out, '}')
	} else if always {
		x.member(name, Raw("{}"))
	}
}

func (x *exporter) componentRaw(c *Component) Raw {
	raw := x.clean(c.Raw, componentClasses[c.Kind])
	if x.opt.Extensions && c.Kind == "schemas" && isObject(raw) {
		raw = setText(raw, x.prefix()+"folder", joinFolder(c.Folder))
	}
	return raw
}
