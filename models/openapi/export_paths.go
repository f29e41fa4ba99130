package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// paths writes the path items in order, and after them those of operations that
// have none.
func (x *exporter) paths() {
	operations := map[string]map[string]*Operation{}
	var added []PathItem
	known := make(map[string]bool, len(x.doc.Paths))
	for i := range x.doc.Paths {
		known[x.doc.Paths[i].Path] = true
	}
	for i := range x.doc.Operations {
		o := &x.doc.Operations[i]
		if !known[o.Path] {
			known[o.Path] = true
			added = append(added, PathItem{Path: o.Path, Raw: Raw("{}")})
		}
		if operations[o.Path] == nil {
			operations[o.Path] = map[string]*Operation{}
		}
		operations[o.Path][o.Method] = o
	}
	x.key("paths")
	x.out = append(x.out, '{')
	for _, item := range slices.Concat(x.doc.Paths, added) {
		x.pathItem(item, operations[item.Path])
	}
	x.out = append(x.out, '}')
}

func (x *exporter) pathItem(item PathItem, operations map[string]*Operation) {
	if strings.HasPrefix(item.Path, "x-") {
		x.member(item.Path, item.Raw)
		return
	}
	if len(operations) == 0 && hasOperation(item.Raw) {
		return // all of them were deleted, or not asked for
	}
	x.key(item.Path)
	x.out = append(x.out, '{')
	written := map[string]bool{}
	for name, value := range members(x.clean(item.Raw, classPathItem)) {
		if !slices.Contains(methods, name) {
			x.member(name, value)
		} else if o := operations[name]; o != nil {
			written[name] = true
			x.member(name, x.operation(o))
		}
	}
	for _, method := range methods {
		if o := operations[method]; o != nil && !written[method] {
			x.member(method, x.operation(o))
		}
	}
	x.out = append(x.out, '}')
}

func (x *exporter) operation(o *Operation) Raw {
	raw := x.clean(o.Raw, classOperation)
	if x.opt.AddFoldersToTags && len(o.Folder) > 0 {
		if folder := joinFolder(o.Folder); !slices.Contains(o.Tags, folder) {
			raw = SetMember(raw, "tags", arrayOf(append([]string{folder}, o.Tags...), Quote))
		}
	}
	if !x.opt.Extensions {
		return raw
	}
	// Also the root's, which is empty: clients read the folder nowhere else.
	if name := x.prefix() + "folder"; !isString(get(raw, name)) || !slices.Equal(splitFolder(text(get(raw, name))), o.Folder) {
		raw = SetMember(raw, name, Quote(joinFolder(o.Folder)))
	}
	raw = setText(raw, x.prefix()+"status", o.Status)
	raw = setText(raw, x.prefix()+"maintainer", o.Maintainer)
	raw = x.setCases(raw, o.Cases)
	return setText(raw, "x-run-in-"+x.vendor(), o.RunURL)
}

func (x *exporter) vendor() string {
	if x.opt.ApifoxNames {
		return "apifox"
	}
	return "apidog"
}

func (x *exporter) prefix() string { return "x-" + x.vendor() + "-" }

// server writes one of the members that say where the API is served.
func (x *exporter) server(name string) {
	if name == "servers" {
		x.member(name, arrayOf(x.opt.Servers, Server.object))
		return
	}
	if len(x.opt.Servers) == 0 {
		return
	}
	first := x.opt.Servers[0]
	scheme, rest, absolute := strings.Cut(fillVariables(first.URL, get(first.Raw, "variables")), "://")
	if !absolute {
		scheme, rest = "", scheme
	}
	host, _, _ := strings.Cut(rest, "/")
	path := serverPath(first.URL, get(first.Raw, "variables"))
	switch {
	case name == "host" && absolute && host != "":
		x.member(name, Quote(host))
	case name == "basePath" && path != "":
		x.member(name, Quote(path))
	case name == "schemes" && absolute && slices.Contains(schemes20, scheme):
		x.member(name, arrayOf([]string{scheme}, Quote))
	}
}

// object returns the Server Object of OpenAPI 3.
func (s Server) object() Raw {
	if s.Raw != nil {
		return s.Raw
	}
	out, err := json.Marshal(struct {
		URL         string `json:"url"`
		Description string `json:"description,omitempty"`
	}{s.URL, s.Description})
	if err != nil {
		return Raw("{}")
	}
	return out
}
