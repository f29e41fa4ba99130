package openapi

import (
	"slices"
	"strings"
)

// Parse reads Swagger 2.0, OpenAPI 3.0, 3.1 or 3.2 from JSON or YAML. A document
// that can't be read is a *SyntaxError. An unusable operation is listed in Failed
// and left out, anything else that is odd is kept with a warning.
func Parse(data []byte) (*Document, error) {
	src, err := read(data)
	if err != nil {
		return nil, err
	}
	if !isObject(src.json) {
		return nil, src.fail(CodeNotOpenAPI, "")
	}
	p := &parser{src: src, doc: &Document{}}
	if err := p.root(); err != nil {
		return nil, err
	}
	if p.is32 {
		p.share31()
	}
	p.checkOperationIDs()
	p.checkRefs()
	return p.doc, nil
}

type parser struct {
	src  *source
	doc  *Document
	is32 bool // OpenAPI 3.2, read as 3.1
}

func (p *parser) warn(code, detail string, names ...string) {
	p.doc.Warnings = append(p.doc.Warnings, p.issue(code, detail, names))
}

func (p *parser) fail(code, detail string, names ...string) {
	p.doc.Failed = append(p.doc.Failed, p.issue(code, detail, names))
}

// maxLines bounds how often a line is looked up, which takes a scan each time.
const maxLines = 40

func (p *parser) issue(code, detail string, names []string) Issue {
	i := Issue{Code: code, Pointer: pointer(names...), Detail: detail}
	if len(p.doc.Warnings)+len(p.doc.Failed) < maxLines {
		i.Line, _ = p.src.locate(names)
	}
	return i
}

func (p *parser) root() error {
	if err := p.version(); err != nil {
		return err
	}
	for name, value := range members(p.src.json) {
		keep, err := p.rootMember(name, value)
		if err != nil {
			return err
		}
		if keep != nil {
			p.doc.Root = append(p.doc.Root, Member{Name: name, Dialect: p.doc.Dialect, Raw: keep})
		}
	}
	p.servers()
	return nil
}

func (p *parser) version() error {
	for name, value := range members(p.src.json) {
		if name != "openapi" && name != "swagger" {
			continue
		}
		v := strings.Trim(string(value), `"`)
		switch {
		case name == "swagger" && (v == "2.0" || v == "2"):
			p.doc.Dialect = V20
		case name == "openapi" && isVersion(v, "3.0"):
			p.doc.Dialect = V30
		case name == "openapi" && isVersion(v, "3.1"):
			p.doc.Dialect = V31
		case name == "openapi" && isVersion(v, "3.2"):
			p.doc.Dialect, p.is32 = V31, true
			p.warn(IssueRead32, v, "openapi")
		default:
			return p.src.fail(CodeVersion, v, name)
		}
		return nil
	}
	return p.src.fail(CodeNotOpenAPI, "")
}

func isVersion(v, family string) bool {
	rest, ok := strings.CutPrefix(v, family)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '-')
}

var null = Raw("null")

// rootMember takes one member of the root apart, and returns what is left of it.
func (p *parser) rootMember(name string, value Raw) (Raw, error) {
	v20 := p.doc.Dialect == V20
	switch {
	case name == "openapi":
		return versionText(value, p.doc.Dialect), nil
	case name == "swagger":
		return Raw(`"2.0"`), nil
	case name == OmittedMember:
		return nil, nil // said something about the export that this document is
	case name == "paths":
		return null, p.eachObject(value, p.pathItem, "paths")
	case name == "webhooks" && !v20:
		return null, p.eachObject(value, p.webhook, "webhooks")
	case name == "components" && !v20:
		return p.components(value)
	case v20 && kindOf20(name) != "":
		return null, p.eachObject(value, func(key string, value Raw) Raw {
			p.component(kindOf20(name), key, value)
			return nil
		}, name)
	case isServerMember(name, p.doc.Dialect):
		return null, nil
	}
	return value, nil
}

func isServerMember(name string, d Dialect) bool {
	if d == V20 {
		return name == "host" || name == "basePath" || name == "schemes"
	}
	return name == "servers"
}

// versionText keeps a full version number, and gives one where the document has
// less ("3.0") or a version that is read as another.
func versionText(value Raw, d Dialect) Raw {
	v := text(value)
	if strings.HasPrefix(v, string(d)+".") {
		return value
	}
	return Quote(fullVersions[d])
}

var fullVersions = map[Dialect]string{V20: "2.0", V30: "3.0.3", V31: "3.1.0"}

// eachObject calls f with the members of a map-like member. Empty YAML members
// are null and mean an empty map.
func (p *parser) eachObject(value Raw, f func(string, Raw) Raw, names ...string) error {
	if isNull(value) {
		return nil
	}
	if !isObject(value) {
		return p.src.fail(CodeWrongType, "object", names...)
	}
	for key, v := range members(value) {
		f(key, v)
	}
	return nil
}

func (p *parser) components(value Raw) (Raw, error) {
	if isNull(value) {
		return Raw("{}"), nil
	}
	if !isObject(value) {
		return nil, p.src.fail(CodeWrongType, "object", "components")
	}
	rest := Raw("{")
	for kind, v := range members(value) {
		if slices.Contains(componentKinds, kind) {
			err := p.eachObject(v, func(name string, v Raw) Raw {
				p.component(kind, name, v)
				return nil
			}, "components", kind)
			if err != nil {
				return nil, err
			}
			v = null
		} else if !strings.HasPrefix(kind, "x-") {
			p.warn(IssueUnknownMember, kind, "components", kind)
		}
		rest = append(appendKey(appendComma(rest), kind), v...)
	}
	return append(rest, '}'), nil
}

func (p *parser) component(kind, name string, value Raw) {
	c := Component{Kind: kind, Name: name, Dialect: p.doc.Dialect, Raw: value}
	if kind == "schemas" {
		c.Folder = splitFolder(text(extension(value, "folder")))
	}
	p.doc.Components = append(p.doc.Components, c)
}

func (p *parser) webhook(name string, value Raw) Raw {
	p.doc.Webhooks = append(p.doc.Webhooks, Member{Name: name, Dialect: p.doc.Dialect, Raw: value})
	return nil
}

// pathItem splits a path item into its operations and the rest.
func (p *parser) pathItem(path string, value Raw) Raw {
	item := PathItem{Path: path, Dialect: p.doc.Dialect, Raw: value}
	if strings.HasPrefix(path, "x-") {
		p.doc.Paths = append(p.doc.Paths, item)
		return nil
	}
	if isNull(value) {
		item.Raw = Raw("{}")
	} else if !isObject(value) {
		p.fail(IssueNotObject, "", "paths", path)
		return nil
	}
	usable := isUsablePath(path)
	if !usable && !hasOperation(value) {
		p.fail(IssuePath, path, "paths", path)
		return nil
	}
	rest := Raw("{")
	for name, v := range members(item.Raw) {
		if p.operations32(name, path, v) {
			continue
		}
		if slices.Contains(methods, name) {
			if usable {
				p.operation(name, path, v)
			} else {
				p.fail(IssuePath, path, "paths", path, name)
			}
			v = null
		} else if isObject(v) && get(v, "responses") != nil && !strings.HasPrefix(name, "x-") {
			p.warn(IssueUnknownMember, name, "paths", path, name)
		}
		rest = append(appendKey(appendComma(rest), name), v...)
	}
	if usable {
		item.Raw = append(rest, '}')
		p.doc.Paths = append(p.doc.Paths, item)
	}
	return nil
}

func hasOperation(item Raw) bool {
	for name := range members(item) {
		if slices.Contains(methods, name) {
			return true
		}
	}
	return false
}

func isUsablePath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7F })
}
