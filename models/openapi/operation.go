package openapi

import (
	"slices"
	"strings"
)

// Statuses are the values of x-apidog-status that are known.
var Statuses = []string{
	"designing", "pending", "developing", "integrating", "testing", "tested", "released",
	"deprecated", "exception", "obsolete", "to be deprecated",
}

func (p *parser) operation(method, path string, value Raw) {
	if code := operationFault(value); code != "" {
		p.fail(code, "", "paths", path, method)
		return
	}
	o := Operation{Method: method, Path: path, Dialect: p.doc.Dialect, Raw: value}
	o.read()
	if o.Status != "" && !slices.Contains(Statuses, o.Status) {
		p.warn(IssueStatus, o.Status, "paths", path, method)
	}
	p.doc.Operations = append(p.doc.Operations, o)
}

// read fills what Raw says about the operation, and takes out of Raw what only
// Export writes.
func (o *Operation) read() {
	var summary, id, folder string
	inFolder := false // an empty folder is the root, whatever the tags say
	written := false
	for name, v := range members(o.Raw) {
		switch name {
		case "summary":
			summary = text(v)
		case "operationId":
			id = text(v)
		case "tags":
			o.Tags = texts(v)
		case "x-apidog-folder", "x-apifox-folder":
			folder, inFolder = text(v), isString(v)
		case "x-apidog-status", "x-apifox-status":
			o.Status = text(v)
		case "x-apidog-maintainer", "x-apifox-maintainer":
			o.Maintainer = text(v)
		case "x-run-in-apidog", "x-run-in-apifox", "x-apidog-cases", "x-apifox-cases":
			written = true
		}
	}
	if written {
		o.takeWritten()
	}
	o.Name = nameOf(o.Path, id, summary)
	if !inFolder && len(o.Tags) > 0 {
		folder = o.Tags[0]
	}
	o.Folder = splitFolder(folder)
}

// nameOf is what an operation is called: its summary, else its id, else its path.
func nameOf(path, id, summary string) string {
	for _, name := range []string{summary, id} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return path
}

// operationFault returns the code of what makes an operation unusable, else "".
func operationFault(o Raw) string {
	if !isObject(o) {
		return IssueNotObject
	}
	for name, v := range members(o) {
		switch name {
		case "parameters":
			if !areParameters(v) {
				return IssueParameters
			}
		case "responses":
			if !isObjectOfObjects(v) {
				return IssueResponses
			}
		case "requestBody":
			if !isObject(v) {
				return IssueRequestBody
			}
		case "tags":
			if !isNull(v) && (!isArray(v) || !all(elements(v), isString)) {
				return IssueTags
			}
		}
	}
	return ""
}

func areParameters(r Raw) bool {
	if isNull(r) {
		return true
	}
	return isArray(r) && all(elements(r), func(e Raw) bool {
		return isString(get(e, "$ref")) || isString(get(e, "name")) && isString(get(e, "in"))
	})
}

func isObjectOfObjects(r Raw) bool {
	if isNull(r) {
		return true
	}
	for name, v := range members(r) {
		if !isObject(v) && !strings.HasPrefix(name, "x-") {
			return false
		}
	}
	return isObject(r)
}

func all(seq func(func(Raw) bool), ok func(Raw) bool) bool {
	for r := range seq {
		if !ok(r) {
			return false
		}
	}
	return true
}

// extension returns the member x-apidog-NAME or its twin x-apifox-NAME.
func extension(object Raw, name string) Raw {
	if v := get(object, "x-apidog-"+name); v != nil {
		return v
	}
	return get(object, "x-apifox-"+name)
}

// splitFolder splits a folder's path at its slashes. `\/` and `\\` stand for the
// characters themselves; empty names and outer white space are dropped.
func splitFolder(path string) []string {
	var names []string
	var name strings.Builder
	flush := func() {
		if s := strings.TrimSpace(name.String()); s != "" {
			names = append(names, s)
		}
		name.Reset()
	}
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path) && (path[i+1] == '/' || path[i+1] == '\\'):
			i++
			name.WriteByte(path[i])
		case c == '/':
			flush()
		default:
			name.WriteByte(c)
		}
	}
	flush()
	return names
}

var folderEscaper = strings.NewReplacer(`\`, `\\`, `/`, `\/`)

// joinFolder is the reverse of splitFolder.
func joinFolder(names []string) string {
	escaped := make([]string, len(names))
	for i, name := range names {
		escaped[i] = folderEscaper.Replace(name)
	}
	return strings.Join(escaped, "/")
}

func (p *parser) checkOperationIDs() {
	seen := make(map[string]bool, len(p.doc.Operations))
	for i := range p.doc.Operations {
		o := &p.doc.Operations[i]
		id := text(get(o.Raw, "operationId"))
		if id != "" && seen[id] {
			p.warn(IssueDuplicateID, id, "paths", o.Path, o.Method)
		}
		seen[id] = true
	}
}
