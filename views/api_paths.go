package views

import (
	"net/url"
	"strconv"
)

// apiScope is what the parts of a page need to make links.
type apiScope struct {
	page Page
	meta ProjectMeta
	ids  map[string]int64
}

func (x apiScope) schemaURL(name string) string {
	if id, ok := x.ids[name]; ok {
		return x.meta.schemaPath(id)
	}
	return ""
}

func (m ProjectMeta) endpointPath(id int64, below string) string {
	return EndpointPath(m.Project.ID, id, below)
}

func (m ProjectMeta) schemaPath(id int64) string {
	return m.path("/api/schemas/" + strconv.FormatInt(id, 10))
}

func (m ProjectMeta) folderURL(id int64) string {
	return m.path("/api?folder=" + strconv.FormatInt(id, 10))
}

func (m ProjectMeta) searchURL(query string) string {
	return m.path("/api?q=" + url.QueryEscape(query))
}
