package handlers

import (
	"crypto/sha256"
	"encoding/json"
	"net/url"

	"tessera/models"
	"tessera/models/openapi"
)

// importJob is a call to import, read and checked.
type importJob struct {
	document []byte // the description; nil when it is to be fetched
	address  string // from where
	user     string // Basic authentication there; kept nowhere
	password string
	postman  bool
	old      bool // by the call of older clients
	options  models.ImportOptions
	name     string // Idempotency-Key
	hash     []byte // of the call, where it has a name

	parsed     *openapi.Document
	collection *openapi.Collection // of Postman, with its document in parsed
}

// overwrite is what a behaviour stands for: what to do with what is there, and
// whether to delete what is no longer in the document.
type overwrite struct {
	behavior models.Behavior
	remove   bool
}

// behaviors has the values of the API, and those that clients in use send besides.
var behaviors = map[string]overwrite{
	"OVERWRITE_EXISTING":       {behavior: models.OverwriteExisting},
	"AUTO_MERGE":               {behavior: models.AutoMerge},
	"KEEP_EXISTING":            {behavior: models.KeepExisting},
	"CREATE_NEW":               {behavior: models.CreateNew},
	"SMART_MERGE":              {behavior: models.AutoMerge},
	"MERGE":                    {behavior: models.AutoMerge},
	"MERGE_KEEP_NEWER":         {behavior: models.AutoMerge},
	"IGNORE_EXISTING":          {behavior: models.KeepExisting},
	"KEEP_BOTH":                {behavior: models.CreateNew},
	"deleteUnmatchedResources": {behavior: models.OverwriteExisting, remove: true},
}

// importOpenAPI is POST /v1/projects/{id}/import-openapi.
func (s *Server) importOpenAPI(c *serviceCall) error {
	return s.importCall(c, decodeObject, readImport(false))
}

// importPostman is POST /v1/projects/{id}/import-postman-collection.
func (s *Server) importPostman(c *serviceCall) error {
	return s.importCall(c, decodeObject, readImport(true))
}

func readImport(postman bool) func(map[string]json.RawMessage, int64, *models.Invalid) importJob {
	return func(body map[string]json.RawMessage, projectID int64, wrong *models.Invalid) importJob {
		job := readInput(body["input"], postman, wrong)
		job.options = readOptions(body["options"], projectID, wrong)
		return job
	}
}

// importCall decodes and reads a call as its route understands it, and runs it.
// Body and object are no longer in memory while it waits for its turn.
func (s *Server) importCall(c *serviceCall, decode func([]byte) (map[string]json.RawMessage, error),
	read func(map[string]json.RawMessage, int64, *models.Invalid) importJob) error {
	if err := c.spend(s.importCalls, "imports"); err != nil {
		return err
	}
	p, err := c.project(models.EditContent)
	if err != nil {
		return err
	}
	body, err := c.body(s.importLimit())
	if err != nil {
		return err
	}
	object, err := decode(body)
	if err != nil {
		return err
	}
	var wrong models.Invalid
	job := read(object, p.ID, &wrong)
	if job.name = c.Request().Header.Get("Idempotency-Key"); job.name != "" {
		hash := sha256.New()
		hash.Write([]byte(c.Path() + "\n"))
		hash.Write(body)
		job.hash = hash.Sum(nil)
	}
	return s.runImport(c, p, job, wrong)
}

// readInput finds the document in the forms that clients send: as text, as an
// object, wrapped, or as an address.
func readInput(raw json.RawMessage, postman bool, wrong *models.Invalid) importJob {
	job := importJob{postman: postman}
	if !isPresent(raw) {
		wrong.Add("input", "input_required")
		return job
	}
	if raw[0] != '{' {
		job.document = documentText(raw, "input", wrong)
		return job
	}
	var object map[string]json.RawMessage
	_ = json.Unmarshal(raw, &object) // it is an object of a body that was decoded
	isDocument := object["openapi"] != nil || object["swagger"] != nil
	if postman {
		isDocument = object["info"] != nil || object["item"] != nil
	}
	in := fields{at: "input.", object: object, wrong: wrong}
	switch {
	case isDocument:
		job.document = raw
	case isPresent(object["data"]):
		job.document = documentText(object["data"], "input.data", wrong)
	case postman && isPresent(object["collection"]):
		job.document = documentText(object["collection"], "input.collection", wrong)
	case !postman && isPresent(object["url"]):
		job.address = in.text("url")
		auth := newFields("input.basicAuth", object["basicAuth"], wrong)
		job.user, job.password = auth.text("username"), auth.text("password")
		checkAddress(job.address, "input.url", wrong)
	default:
		wrong.Add("input", "input_unknown")
	}
	return job
}

// documentText is a document that stands as a string, or as it is.
func documentText(raw json.RawMessage, field string, wrong *models.Invalid) []byte {
	switch {
	case raw[0] == '{':
		return raw
	case raw[0] != '"':
		wrong.Add(field, "value_type", "type", "document")
		return nil
	}
	text := openapi.Unquote(raw)
	if len(text) == 0 {
		wrong.Add(field, "input_required")
	}
	return text
}

func checkAddress(address, field string, wrong *models.Invalid) {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		wrong.Add(field, "url_unusable")
	}
}

// readOptions reads the options of both imports.
func readOptions(raw json.RawMessage, projectID int64, wrong *models.Invalid) models.ImportOptions {
	f := newFields("options", raw, wrong)
	f.main(projectID, "targetBranchId")
	f.main(projectID, "moduleId")
	usual := overwrite{behavior: models.OverwriteExisting}
	endpoints := choice(f, behaviors, usual, "endpointOverwriteBehavior")
	schemas := choice(f, behaviors, usual, "schemaOverwriteBehavior")
	cases := choice(f, behaviors, usual, "endpointCaseOverwriteBehavior")
	remove := f.bool("deleteUnmatchedResources")
	return models.ImportOptions{
		Endpoints: endpoints.behavior, Schemas: schemas.behavior, Cases: cases.behavior,
		EndpointFolder: f.id("targetEndpointFolderId"), SchemaFolder: f.id("targetSchemaFolderId"),
		MoveFolders: f.bool("updateFolderOfChangedEndpoint"), PrependBasePath: f.bool("prependBasePath"),
		DeleteEndpoints: remove || endpoints.remove, DeleteSchemas: remove || schemas.remove,
		ServersAsEnvironments: f.bool("importServersAsEnvironments"),
	}
}
