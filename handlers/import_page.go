package handlers

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// transferRoutes are the pages that import into a project and export from it.
func (s *Server) transferRoutes(signedIn addRoute) {
	signedIn("GET", "/projects/:project/import", s.importForm)
	signedIn("POST", "/projects/:project/import", s.previewImport)
	signedIn("GET", "/projects/:project/import/:draft", s.showDraft)
	signedIn("POST", "/projects/:project/import/:draft", s.importDraft)
	signedIn("GET", "/projects/:project/export", s.exportForm)
	signedIn("POST", "/projects/:project/export", s.exportDownload)
}

// maxUploadField bounds each field of an upload's form but the file and the text.
const maxUploadField = 16 << 10

func (s *Server) importForm(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.EditContent)
	if err != nil {
		return err
	}
	return s.importPage(c, p, m, http.StatusOK, views.ImportForm{
		Source: "file", Endpoints: string(models.OverwriteExisting), Schemas: string(models.OverwriteExisting), Cases: string(models.OverwriteExisting),
	})
}

func (s *Server) importPage(c echo.Context, p views.Page, m views.ProjectMeta, status int, f views.ImportForm) error {
	var err error
	ctx, project := c.Request().Context(), &m.Project.Project
	if f.EndpointFolders, err = s.store.Folders(ctx, project, models.EndpointFolder); err != nil {
		return err
	}
	if f.SchemaFolders, err = s.store.Folders(ctx, project, models.SchemaFolder); err != nil {
		return err
	}
	f.Limit = bytesText(s.importLimit())
	return s.renderPage(c, status, views.ImportPage(p, m, f), 0)
}

// previewImport takes the document, and says what importing it would do.
func (s *Server) previewImport(c echo.Context) error {
	p, v, m, err := s.projectPage(c, models.EditContent)
	if err != nil {
		return err
	}
	done, err := patient(c, slowBody, 2*slowBody)
	if err != nil {
		return err
	}
	defer done()
	taken := s.roomForUpload(c)
	defer taken.release()
	posted, file, err := s.upload(c)
	f := importFormOf(posted)
	refuse := func(status int, wrong models.Invalid) error {
		f.Errors = views.Errors(wrong)
		return s.importPage(c, p, m, status, f)
	}
	if status, wrong := s.roomFault(c, err, "file"); len(wrong) > 0 {
		return refuse(status, wrong)
	}
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var wrong models.Invalid
	options := f.Options(&wrong)
	document, name := s.chosenDocument(c, &f, file, &wrong)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(wrong) > 0 {
		return refuse(http.StatusUnprocessableEntity, wrong)
	}
	var draft *models.ImportDraft
	if err = taken.take(ctx, int64(len(document))); err == nil { // one that was fetched has taken none
		draft, err = s.keepDraft(ctx, s.actor(c, v), m.Project.ID, name, document, options)
	}
	if err == nil {
		return s.redirect(c, draftPath(m.Project.ID, draft.ID))
	}
	if status, wrong := s.roomFault(c, err, "file"); len(wrong) > 0 {
		return refuse(status, wrong)
	}
	if wrong = importFault(p, &f, err); len(wrong) > 0 {
		return refuse(http.StatusUnprocessableEntity, wrong)
	}
	return err
}

// keepDraft is Store.KeepDraft when the turn to import has come.
func (s *Server) keepDraft(ctx context.Context, actor models.Actor, projectID int64, name string, document []byte, o models.ImportOptions) (*models.ImportDraft, error) {
	release, err := s.importTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.store.KeepDraft(ctx, actor, projectID, name, document, o)
}

func draftPath(projectID int64, id string) string {
	return views.ProjectPath(projectID, "/import/"+id)
}

// importFault says what is wrong with a document, at the field that it came from;
// nothing when err is no fault of the document or the options.
func importFault(p views.Page, f *views.ImportForm, err error) models.Invalid {
	var wrong models.Invalid
	var syntax *openapi.SyntaxError
	if errors.As(err, &syntax) {
		f.Place = strings.TrimSpace(placeText(p, syntax.Line, syntax.Pointer))
		wrong.Add(f.SourceField(), syntax.Code, "detail", syntax.Detail)
		return wrong
	}
	known, _ := fieldsOf(err)
	for _, e := range known {
		switch e.Field {
		case "targetEndpointFolderId", "targetSchemaFolderId":
		default:
			e.Field = f.SourceField()
		}
		wrong = append(wrong, e)
	}
	return wrong
}

// chosenDocument is the document in the form that the person chose.
func (s *Server) chosenDocument(c echo.Context, f *views.ImportForm, file *upload, wrong *models.Invalid) (document []byte, name string) {
	switch f.Source {
	case "text":
		if strings.TrimSpace(f.Text) == "" {
			wrong.Add("text", "document_missing_text")
		}
		return []byte(f.Text), ""
	case "url":
		before := len(*wrong)
		checkAddress(f.URL, "url", wrong)
		if len(*wrong) > before {
			return nil, ""
		}
		document, err := s.cfg.Outbound.Get(c.Request().Context(), f.URL, f.User, f.Password)
		if err != nil {
			wrong.Add("url", "url_failed")
		} else if int64(len(document)) > s.importLimit() {
			wrong.Add("url", "document_too_large", "limit", bytesText(s.importLimit()))
		}
		return document, f.URL
	default:
		f.Source = "file"
		if file == nil || len(file.content) == 0 {
			wrong.Add("file", "document_missing_file")
			return nil, ""
		}
		return file.content, file.name
	}
}

// upload reads a form that may hold a document, up to the limit of an import. A
// plain form is read as any other.
func (s *Server) upload(c echo.Context) (url.Values, *upload, error) {
	r := c.Request()
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		posted, err := form(c)
		return posted, nil, err
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, s.importLimit()+(64<<10))
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, badInput(err)
	}
	posted := url.Values{}
	var file *upload
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return posted, nil, badInput(err)
		}
		if part.FormName() == "file" {
			content, err := io.ReadAll(part)
			if err != nil {
				return posted, nil, badInput(err)
			}
			if part.FileName() != "" {
				file = &upload{name: part.FileName(), content: content}
			}
			continue
		}
		if err := addField(posted, part, s.importLimit()); err != nil {
			return posted, nil, err
		}
	}
	posted, err = once(posted)
	return posted, file, err
}

func addField(posted url.Values, part *multipart.Part, most int64) error {
	name := part.FormName()
	if name != "text" {
		most = maxUploadField
	}
	value, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return badInput(err)
	}
	if int64(len(value)) > most || len(posted) >= maxKeys || name != "text" && !utf8.Valid(value) {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	posted.Add(name, string(value))
	return nil
}

func importFormOf(posted url.Values) views.ImportForm {
	return views.ImportForm{
		Source: posted.Get("source"), Text: posted.Get("text"), URL: strings.TrimSpace(posted.Get("url")), User: posted.Get("username"), Password: posted.Get("password"),
		Endpoints: posted.Get("endpointOverwriteBehavior"), Schemas: posted.Get("schemaOverwriteBehavior"), Cases: posted.Get("endpointCaseOverwriteBehavior"),
		EndpointFolder: posted.Get("targetEndpointFolderId"), SchemaFolder: posted.Get("targetSchemaFolderId"),
		MoveFolders: posted.Get("updateFolderOfChangedEndpoint") != "", PrependBasePath: posted.Get("prependBasePath") != "",
		DeleteUnmatched: posted.Get("deleteUnmatchedResources") != "", Servers: posted.Get("importServersAsEnvironments") != "",
	}
}

// draft finds the draft in the path.
func (s *Server) draft(c echo.Context) (views.Page, *visit, views.ProjectMeta, *models.ImportDraft, error) {
	p, v, m, err := s.projectPage(c, models.EditContent)
	if err != nil {
		return p, v, m, nil, err
	}
	d, err := s.store.Draft(c.Request().Context(), v.user, &m.Project.Project, c.Param("draft"))
	return p, v, m, d, err
}

func (s *Server) showDraft(c echo.Context) error {
	p, _, m, d, err := s.draft(c)
	if err != nil {
		return err
	}
	result := views.ImportDraft{Draft: *d}
	for _, issue := range d.Result.Failed {
		result.Failed = append(result.Failed, issueText(p, issue))
	}
	for _, issue := range d.Result.Warnings {
		result.Warnings = append(result.Warnings, issueText(p, issue))
	}
	return s.show(c, views.ImportDraftPage(p, m, result))
}

// importDraft does what was previewed.
func (s *Server) importDraft(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	_, v, m, d, err := s.draft(c)
	if err != nil {
		return err
	}
	done, err := patient(c, slowBody, 2*slowBody)
	if err != nil {
		return err
	}
	defer done()
	release, err := s.importTurn(c.Request().Context())
	if err != nil {
		return err
	}
	defer release()
	if _, err := s.store.ImportDraft(c.Request().Context(), s.actor(c, v), &m.Project.Project, d.ID); err != nil {
		return err
	}
	return s.redirect(c, draftPath(m.Project.ID, d.ID))
}
