package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// exportOpenAPI is POST /v1/projects/{id}/export-openapi: the bare document.
func (s *Server) exportOpenAPI(c *serviceCall) error {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return err
	}
	body, err := c.body(jsonLimit)
	if err != nil {
		return err
	}
	object := map[string]json.RawMessage{}
	if strings.TrimSpace(string(body)) != "" {
		if object, err = decodeObject(body); err != nil {
			return err
		}
	}
	var wrong models.Invalid
	o := readExport(object, p.ID, &wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	document, err := s.export(c.ctx(), c.actor(), p, o)
	var syntax *openapi.SyntaxError
	if errors.As(err, &syntax) {
		return documentError(err)
	}
	if err != nil {
		return err
	}
	if err := c.slowAnswer(slowBody); err != nil {
		return err
	}
	c.Response().Header().Set("ETag", c.etag(document))
	return c.blob(http.StatusOK, mediaTypes[o.Format.Format], document)
}

// Clients take an endpoint's id from the address of its page by these words.
const (
	linkStart = "api-"
	linkEnd   = "-run"
)

// endpointLink leads from the address of an endpoint in an export to its page.
func (s *Server) endpointLink(c echo.Context) error {
	_, _, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	name, isLink := strings.CutSuffix(strings.TrimPrefix(c.Param("name"), linkStart), linkEnd)
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || !isLink {
		return models.ErrNotFound
	}
	return s.redirect(c, views.EndpointPath(m.Project.ID, id, ""))
}

// etag names the bytes of an answer (RFC 9110, section 8.8.3); weakly when they are packed.
func (c *serviceCall) etag(body []byte) string {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	if c.compresses(len(body)) {
		return "W/" + tag
	}
	return tag
}

var (
	oasVersions   = map[string]openapi.Dialect{"2.0": openapi.V20, "3.0": openapi.V30, "3.1": openapi.V31}
	mediaTypes    = map[openapi.Format]string{openapi.JSON: "application/json", openapi.YAML: "application/yaml"}
	exportFormats = map[string]openapi.Format{"JSON": openapi.JSON, "YAML": openapi.YAML, "json": openapi.JSON, "yaml": openapi.YAML}
)

// What a scope may select by, and the field that lists it.
const (
	scopeAll       = "ALL"
	scopeEndpoints = "SELECTED_ENDPOINTS"
	scopeTags      = "SELECTED_TAGS"
	scopeFolders   = "SELECTED_FOLDERS"
)

func readExport(object map[string]json.RawMessage, projectID int64, wrong *models.Invalid) models.ExportOptions {
	f := fields{object: object, wrong: wrong}
	f.main(projectID, "branchId")
	f.main(projectID, "moduleId")
	o := models.ExportOptions{Scope: readScope(object["scope"], wrong)}
	o.Environments, _ = f.ids("environmentIds")
	options := newFields("options", object["options"], wrong)
	o.Format = openapi.ExportOptions{
		Version:          choice(f, oasVersions, openapi.V31, "oasVersion"),
		Format:           choice(f, exportFormats, openapi.JSON, "exportFormat"),
		Extensions:       options.bool("includeApidogExtensionProperties"),
		AddFoldersToTags: options.bool("addFoldersToTags", "includeFolderNamesAsTags"),
	}
	if options.bool("includeApifoxExtensionProperties") {
		o.Format.ApifoxNames, o.Format.Extensions = !o.Format.Extensions, true
	}
	return o
}

func readScope(raw json.RawMessage, wrong *models.Invalid) models.Scope {
	var f fields
	kinds := map[string]string{}
	for _, kind := range []string{scopeAll, scopeEndpoints, scopeTags, scopeFolders} {
		kinds[kind] = kind
	}
	name := "type"
	if isPresent(raw) && raw[0] == '"' {
		f, name = fields{object: map[string]json.RawMessage{"scope": raw}, wrong: wrong}, "scope"
	} else {
		f = newFields("scope", raw, wrong)
	}
	var scope models.Scope
	kind := choice(f, kinds, scopeAll, name)
	scope.Selected = kind != scopeAll
	var list string // the field that the kind needs
	given := true
	switch kind {
	case scopeEndpoints:
		list = "selectedEndpointIds"
		scope.Endpoints, given = f.ids(list)
	case scopeTags:
		list = "selectedTags"
		scope.Tags, given = f.texts(list, "selectedTagNames")
	case scopeFolders:
		list = "selectedFolderIds"
		scope.Folders, given = f.ids(list)
	}
	if !given {
		wrong.Add("scope."+list, "list_required", "type", kind)
	}
	scope.ExcludedTags, _ = f.texts("excludedByTags")
	return scope
}
