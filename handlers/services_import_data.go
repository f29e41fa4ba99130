package handlers

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// The values of the older call to import.
var (
	oldEndpointModes = map[string]models.Behavior{
		"methodAndPath": models.OverwriteExisting, "both": models.CreateNew, "merge": models.AutoMerge, "ignore": models.KeepExisting,
	}
	oldSchemaModes = map[string]models.Behavior{
		"name": models.OverwriteExisting, "both": models.CreateNew, "merge": models.AutoMerge, "ignore": models.KeepExisting,
	}
	oldFormats = map[string]string{"openapi": "openapi", "postman": "postman"}
)

// importData is POST /api/v1/projects/{id}/import-data.
func (s *Server) importData(c *serviceCall) error {
	return s.importCall(c, func(body []byte) (map[string]json.RawMessage, error) {
		return objectOrForm(c.Request().Header.Get(echo.HeaderContentType), body)
	}, readImportData)
}

func readImportData(object map[string]json.RawMessage, projectID int64, wrong *models.Invalid) importJob {
	f := fields{object: object, wrong: wrong}
	f.main(projectID, "targetBranchId")
	f.main(projectID, "moduleId")
	format := choice(f, oldFormats, "", "importFormat")
	if !f.has("importFormat") {
		wrong.Add("importFormat", "value_unknown", "values", "openapi, postman")
	}
	job := importJob{old: true, postman: format == "postman", options: models.ImportOptions{
		Endpoints:       choice(f, oldEndpointModes, models.KeepExisting, "apiOverwriteMode"),
		Schemas:         choice(f, oldSchemaModes, models.KeepExisting, "schemaOverwriteMode"),
		EndpointFolder:  f.id("apiFolderId"),
		MoveFolders:     f.bool("syncApiFolder"),
		PrependBasePath: f.bool("importBasePath"),
	}}
	job.options.Cases = job.options.Endpoints
	switch {
	case f.text("url") != "":
		job.address = f.text("url")
		checkAddress(job.address, "url", wrong)
	case f.has("data"):
		job.document = documentText(object["data"], "data", wrong)
	default:
		wrong.Add("data", "input_required")
	}
	return job
}

// objectOrForm reads a body that may be a form. Its values become strings, and
// what a form has no other way to write (true, 12) becomes what it means.
func objectOrForm(contentType string, body []byte) (map[string]json.RawMessage, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	isForm := err == nil && (kind == echo.MIMEApplicationForm || kind == echo.MIMEMultipartForm)
	if start := bytes.TrimLeft(body, " \t\r\n"); !isForm || len(start) > 0 && start[0] == '{' {
		return decodeObject(body)
	}
	var values url.Values
	if kind == echo.MIMEApplicationForm {
		values, err = url.ParseQuery(string(body))
	} else {
		values, err = multipartValues(body, params["boundary"])
	}
	if err != nil || len(values) == 0 {
		return nil, errBodyInvalid
	}
	object := map[string]json.RawMessage{}
	for name := range values {
		value := values.Get(name)
		switch {
		case value == "" && name != "data":
			continue
		case value == "true" || value == "false":
			object[name] = json.RawMessage(value)
		default:
			if object[name], err = json.Marshal(value); err != nil {
				return nil, err
			}
		}
	}
	return object, nil
}

func multipartValues(body []byte, boundary string) (url.Values, error) {
	values := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		values.Set(part.FormName(), string(value))
	}
}
