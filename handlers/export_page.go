package handlers

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

func (s *Server) exportForm(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	p, _, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	f := exportFormOf(q)
	return s.exportPage(c, p, m, http.StatusOK, f)
}

func (s *Server) exportPage(c echo.Context, p views.Page, m views.ProjectMeta, status int, f views.ExportForm) error {
	ctx, project := c.Request().Context(), &m.Project.Project
	var err error
	if f.Folders, err = s.store.Folders(ctx, project, models.EndpointFolder); err != nil {
		return err
	}
	if f.AllTags, err = s.store.Tags(ctx, project); err != nil {
		return err
	}
	return s.renderPage(c, status, views.ExportPage(p, m, f), 0)
}

// exportFormOf reads the choices of an export. Lists have one field for each of
// their values, since a field comes once.
func exportFormOf(posted url.Values) views.ExportForm {
	f := views.ExportForm{
		Version: posted.Get("oasVersion"), Format: posted.Get("exportFormat"), Scope: posted.Get("scope"), Endpoints: posted.Get("selectedEndpointIds"),
		ExcludedTags: posted.Get("excludedByTags"), Tags: posted.Get("selectedTags"),
		Extensions: posted.Get("includeApidogExtensionProperties") != "", FoldersToTags: posted.Get("addFoldersToTags") != "",
	}
	for name := range posted {
		if id, ok := strings.CutPrefix(name, "folder."); ok {
			f.SelectedFolders = append(f.SelectedFolders, id)
		}
		if id, ok := strings.CutPrefix(name, "environment."); ok {
			f.Environments = append(f.Environments, id)
		}
	}
	slices.Sort(f.SelectedFolders)
	slices.Sort(f.Environments)
	if f.Version == "" {
		f.Version = "3.1"
	}
	if f.Format == "" {
		f.Format = string(openapi.JSON)
	}
	if f.Scope == "" {
		f.Scope = scopeAll
	}
	return f
}

func exportOptions(f views.ExportForm, wrong *models.Invalid) models.ExportOptions {
	version, known := oasVersions[f.Version]
	if !known {
		wrong.Add("oasVersion", "value_unknown", "values", "2.0, 3.0, 3.1")
	}
	format, known := exportFormats[f.Format]
	if !known {
		wrong.Add("exportFormat", "value_unknown", "values", "JSON, YAML")
	}
	o := models.ExportOptions{Format: openapi.ExportOptions{Version: version, Format: format, Extensions: f.Extensions, AddFoldersToTags: f.FoldersToTags}}
	o.Environments = idsOf(f.Environments, "environments", wrong)
	o.Scope.ExcludedTags = splitTags(f.ExcludedTags)
	o.Scope.Selected = f.Scope != scopeAll
	switch f.Scope {
	case scopeAll:
	case scopeTags:
		if o.Scope.Tags = splitTags(f.Tags); len(o.Scope.Tags) == 0 {
			wrong.Add("selectedTags", "export_tags_missing")
		}
	case scopeFolders:
		if o.Scope.Folders = idsOf(f.SelectedFolders, "folders", wrong); len(o.Scope.Folders) == 0 {
			wrong.Add("folders", "export_folders_missing")
		}
	case scopeEndpoints:
		if o.Scope.Endpoints = idsOf(splitTags(f.Endpoints), "selectedEndpointIds", wrong); len(o.Scope.Endpoints) == 0 && wrong.Err() == nil {
			wrong.Add("selectedEndpointIds", "export_endpoints_missing")
		}
	default:
		wrong.Add("scope", "value_unknown", "values", strings.Join([]string{scopeAll, scopeEndpoints, scopeTags, scopeFolders}, ", "))
	}
	return o
}

func idsOf(texts []string, field string, wrong *models.Invalid) []int64 {
	var out []int64
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 0 {
			wrong.Add(field, "export_id")
			return nil
		}
		out = append(out, id)
	}
	return out
}

var notInFileNames = regexp.MustCompile(`[^\pL\pN._-]+`)

func (s *Server) exportDownload(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	p, v, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	done, err := patient(c, pageTime, slowBody)
	if err != nil {
		return err
	}
	defer done()
	f := exportFormOf(posted)
	var wrong models.Invalid
	o := exportOptions(f, &wrong)
	var document []byte
	if err = wrong.Err(); err == nil {
		o.RunURL = func(id int64) string {
			return s.cfg.BaseURL.String() + views.ProjectPath(m.Project.ID, "/apis/"+linkStart+decimal(id)+linkEnd)
		}
		document, _, err = s.store.Export(c.Request().Context(), s.actor(c, v), &m.Project, o)
	}
	if fields, ok := fieldsOf(err); ok {
		for _, e := range fields {
			switch e.Field {
			case "environmentIds":
				e.Field = "environments"
			case "scope.selectedFolderIds":
				e.Field = "folders"
			}
			f.Errors = append(f.Errors, e)
		}
		return s.exportPage(c, p, m, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	contentType, ending := "application/json", ".json"
	if o.Format.Format == openapi.YAML {
		contentType, ending = "application/yaml", ".yaml"
	}
	name := strings.Trim(notInFileNames.ReplaceAllString(m.Project.Name, "-"), "-")
	if name == "" {
		name = "openapi"
	}
	c.Response().Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ending}))
	return c.Blob(http.StatusOK, contentType, document)
}
