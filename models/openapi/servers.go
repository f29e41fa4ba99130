package openapi

import (
	"net/url"
	"slices"
	"strings"
)

func (p *parser) servers() {
	d := p.doc
	root := p.src.json
	if d.Dialect == V20 {
		d.Servers = servers20(text(get(root, "host")), text(get(root, "basePath")), texts(get(root, "schemes")))
		d.BasePath = cleanBasePath(text(get(root, "basePath")))
		return
	}
	for s := range elements(get(root, "servers")) {
		address := text(get(s, "url"))
		if address == "" {
			continue
		}
		if len(d.Servers) == 0 {
			d.BasePath = serverPath(address, get(s, "variables"))
		}
		d.Servers = append(d.Servers, Server{URL: address, Description: text(get(s, "description")), Raw: s})
	}
}

// schemes20 are the schemes that Swagger 2.0 knows.
var schemes20 = []string{"http", "https", "ws", "wss"}

func servers20(host, basePath string, schemes []string) []Server {
	if host == "" {
		if basePath == "" {
			return nil
		}
		return []Server{{URL: basePath}}
	}
	schemes = slices.DeleteFunc(schemes, func(s string) bool { return !slices.Contains(schemes20, s) })
	if len(schemes) == 0 {
		schemes = []string{"https"}
	}
	var all []Server
	for _, scheme := range schemes {
		all = append(all, Server{URL: scheme + "://" + host + cleanBasePath(basePath)})
	}
	return all
}

// serverPath returns the path of a server's address, its variables replaced by
// their defaults.
func serverPath(address string, variables Raw) string {
	return cleanBasePath(pathOf(fillVariables(address, variables)))
}

func fillVariables(address string, variables Raw) string {
	for name, v := range members(variables) {
		address = strings.ReplaceAll(address, "{"+name+"}", text(get(v, "default")))
	}
	return address
}

// pathOf returns the path in an address that may still have {variables} in it.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return ""
		}
		address = rest[slash:]
	}
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	return address
}

func cleanBasePath(path string) string {
	path = strings.Trim(path, "/")
	if path == "" || path == "." {
		return ""
	}
	return "/" + path
}

// PrependBasePath puts BasePath before each path that doesn't have it yet.
func (d *Document) PrependBasePath() {
	if d.BasePath == "" {
		return
	}
	for i := range d.Paths {
		d.Paths[i].Path = d.withBase(d.Paths[i].Path)
	}
	for i := range d.Operations {
		o := &d.Operations[i]
		if o.Name == o.Path {
			o.Name = d.withBase(o.Path)
		}
		o.Path = d.withBase(o.Path)
	}
}

func (d *Document) withBase(path string) string {
	if path == d.BasePath || strings.HasPrefix(path, d.BasePath+"/") || strings.HasPrefix(path, "x-") {
		return path
	}
	return d.BasePath + path
}
