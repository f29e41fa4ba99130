package handlers

import (
	"maps"
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

// What is asked of the form of an export; else it downloads.
const (
	exportShow   = "show"   // the page as the form is filled in
	exportFind   = "find"   // likewise, after a search among the operations
	exportAccept = "accept" // download without what the version can't say
)

// Bounds of choosing operations one by one; for more there are tags and folders.
const (
	maxChosenOperations = 500
	foundOperations     = 100
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
	return s.exportPage(c, p, m, http.StatusOK, exportFormOf(q))
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
	var ignored models.Invalid // an id that is none chooses nothing
	chosen := idsOf(f.SelectedEndpoints, "", &ignored)
	if f.Chosen, err = s.store.ChosenEndpoints(ctx, project, chosen[:min(len(chosen), maxChosenOperations)]); err != nil {
		return err
	}
	if f.Found, f.More, err = s.store.MatchEndpoints(ctx, project, f.Search, foundOperations); err != nil {
		return err
	}
	return s.renderPage(c, status, views.ExportPage(p, m, f), 0)
}

// exportFormOf reads the choices of an export. Lists have one field for each of
// their values, since a field comes once.
func exportFormOf(posted url.Values) views.ExportForm {
	f := views.ExportForm{
		Version: posted.Get("oasVersion"), Format: posted.Get("exportFormat"), Scope: posted.Get("scope"), Search: strings.TrimSpace(posted.Get("find")),
		Extensions: posted.Get("includeApidogExtensionProperties") != "", FoldersToTags: posted.Get("addFoldersToTags") != "",
	}
	if len(f.Search) > maxSearch {
		f.Search = strings.ToValidUTF8(f.Search[:maxSearch], "")
	}
	lists := map[string]*[]string{
		"tag": &f.Tags, "without": &f.ExcludedTags, "folder": &f.SelectedFolders, "endpoint": &f.SelectedEndpoints, "environment": &f.Environments,
	}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		prefix, value, _ := strings.Cut(name, ".")
		if list := lists[prefix]; list != nil && value != "" {
			*list = append(*list, value)
		}
	}
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
	o.Scope.ExcludedTags = f.ExcludedTags
	o.Scope.Selected = f.Scope != scopeAll
	switch f.Scope {
	case scopeAll:
	case scopeTags:
		if o.Scope.Tags = f.Tags; len(o.Scope.Tags) == 0 {
			wrong.Add("tags", "export_tags_missing")
		}
	case scopeFolders:
		if o.Scope.Folders = idsOf(f.SelectedFolders, "folders", wrong); len(o.Scope.Folders) == 0 {
			wrong.Add("folders", "export_folders_missing")
		}
	case scopeEndpoints:
		switch o.Scope.Endpoints = idsOf(f.SelectedEndpoints, "endpoints", wrong); {
		case wrong.Err() != nil:
		case len(o.Scope.Endpoints) == 0:
			wrong.Add("endpoints", "export_endpoints_missing")
		case len(o.Scope.Endpoints) > maxChosenOperations:
			wrong.Add("endpoints", "export_endpoints_many", "max", maxChosenOperations)
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
	posted, p, v, m, err := postedTo(c, models.ViewProject, s.projectPage)
	if err != nil {
		return err
	}
	done, err := patient(c, pageTime, slowBody)
	if err != nil {
		return err
	}
	defer done()
	f := exportFormOf(posted)
	do := posted.Get("do")
	if f.Finding = do == exportFind; f.Finding || do == exportShow {
		return s.exportPage(c, p, m, http.StatusOK, f)
	}
	var wrong models.Invalid
	o := exportOptions(f, &wrong)
	o.Accept = func(omitted []openapi.Omission) bool {
		f.Losses = views.Losses(omitted)
		return len(omitted) == 0 || do == exportAccept
	}
	var document []byte
	if err = wrong.Err(); err == nil {
		document, err = s.export(c.Request().Context(), s.actor(c, v), &m.Project, o)
	}
	if status, busy := s.roomFault(c, err, "scope"); len(busy) > 0 {
		f.Errors = append(f.Errors, busy...)
		return s.exportPage(c, p, m, status, f)
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
	if document == nil {
		return s.exportPage(c, p, m, http.StatusOK, f)
	}
	name := strings.Trim(notInFileNames.ReplaceAllString(m.Project.Name, "-"), "-")
	if name == "" {
		name = "openapi"
	}
	c.Response().Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + strings.ToLower(string(o.Format.Format))}))
	return c.Blob(http.StatusOK, mediaTypes[o.Format.Format], document)
}
