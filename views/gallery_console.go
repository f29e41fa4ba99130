package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
	"tessera/models/openapi"
)

// consoleStates are the pages of Environment Management and of the console.
func consoleStates() []State {
	return append(environmentStates(), requestStates()...)
}

func consoleMeta(role models.Role) ProjectMeta {
	environments := []models.Environment{
		{ID: 1, Name: "Staging", BaseURL: "https://staging.harbor.example/v2"},
		{ID: 2, Name: "Production", BaseURL: "https://api.harbor.example/v2"},
		{ID: 3, Name: longWords},
	}
	return ProjectMeta{
		Project: models.MyProject{
			Project: models.Project{ID: 1000001, Name: "Harbor Shipping"}, TeamName: "Harbor", TeamRole: models.TeamGuest, Given: role,
		},
		Environments: environments, Current: &environments[0],
	}
}

func galleryEnvironment() EnvironmentForm {
	token := models.MyVariable{
		Variable: models.Variable{ID: 1, Name: "access_token", Secret: true, Sealed: []byte{1}, LastFour: "9xQ2"},
		Personal: &models.PersonalValue{LastFour: "Wk4z", Origin: "https://staging.harbor.example"},
	}
	project := models.MyVariable{Variable: models.Variable{ID: 2, Name: "projectId", Shared: "1000001"}}
	other := models.MyVariable{Variable: models.Variable{ID: 3, Name: "client_secret", Secret: true}}
	return EnvironmentForm{
		ID: 1, Name: "Staging", Title: "Staging", BaseURL: "https://staging.harbor.example/v2", Origin: "https://staging.harbor.example",
		Rows: []VariableRow{
			{ID: 1, Name: "access_token", Secret: true, Stored: true, LastFour: "9xQ2"}, {ID: 2, Name: "projectId", Shared: "1000001"},
			{ID: 3, Name: "client_secret", Secret: true}, {}, {}, {},
		},
		Personal: []PersonalRow{{MyVariable: token}, {MyVariable: project}, {MyVariable: other}},
	}
}

func environmentStates() []State {
	list := func(name string, change func(*ProjectMeta)) State {
		return State{"EnvironmentsPage", name, func(p Page) templ.Component {
			m := consoleMeta(models.ProjectEditor)
			change(&m)
			p.Path = m.path("/environments")
			return EnvironmentsPage(p, m)
		}}
	}
	one := func(name string, role models.Role, change func(*EnvironmentForm)) State {
		return State{"EnvironmentPage", name, func(p Page) templ.Component {
			m, f := consoleMeta(role), galleryEnvironment()
			change(&f)
			p.Path = m.path("/environments/1")
			return EnvironmentPage(p, m, f)
		}}
	}
	same := func(*EnvironmentForm) {}
	return []State{
		list("plain", func(*ProjectMeta) {}),
		list("read-only", func(m *ProjectMeta) { m.Project.Given = models.ProjectReader }),
		list("none", func(m *ProjectMeta) { m.Environments, m.Current = nil, nil }),
		one("plain", models.ProjectEditor, same),
		one("read-only", models.ProjectReader, same),
		one("new", models.ProjectEditor, func(f *EnvironmentForm) { *f = EnvironmentForm{Rows: make([]VariableRow, 3)} }),
		one("no variables", models.ProjectReader, func(f *EnvironmentForm) { f.Rows, f.Personal, f.BaseURL = nil, nil, "" }),
		one("secret for another address", models.ProjectReader, func(f *EnvironmentForm) {
			f.Moved = &MovedSecrets{Names: []string{"access_token"}, Now: "https://staging.harbor.example", Was: "https://old.harbor.example"}
		}),
		one("refused", models.ProjectEditor, func(f *EnvironmentForm) {
			f.Name, f.BaseURL, f.Rows[3] = "Production", "ftp://harbor.example", VariableRow{Name: "two words", Shared: "x"}
			f.Rows[4] = VariableRow{Name: "projectId", Shared: strings.Repeat("x", 200)}
			f.Errors = Errors{
				{Field: "name", Code: "environment_taken", Params: map[string]any{"name": "Production"}}, {Field: "base_url", Code: "base_url_invalid"},
				{Field: "variable-3", Code: "variable_name"}, {Field: "variable-4", Code: "variable_taken", Params: map[string]any{"name": "projectId"}},
			}
		}),
		one("limits", models.ProjectEditor, func(f *EnvironmentForm) {
			f.Errors = Errors{
				{Field: "name", Code: "environment_limit", Params: map[string]any{"max": 50}}, {Field: "base_url", Code: "base_url_too_long", Params: map[string]any{"max": 2000}},
				{Field: "variables", Code: "variable_limit", Params: map[string]any{"max": 100}},
			}
		}),
		one("own value refused", models.ProjectReader, func(f *EnvironmentForm) {
			f.Personal[1].Typed = "1000002"
			f.Own = Errors{{Field: "value-2", Code: "value_too_long", Params: map[string]any{"max": 8192}}}
		}),
		{"DeleteEnvironmentPage", "plain", func(p Page) templ.Component {
			m := consoleMeta(models.ProjectEditor)
			p.Path = m.path("/environments/1/delete")
			return DeleteEnvironmentPage(p, m, m.Environments[0])
		}},
		{"DeleteEnvironmentPage", "long name", func(p Page) templ.Component {
			m := consoleMeta(models.ProjectEditor)
			p.Path = m.path("/environments/3/delete")
			return DeleteEnvironmentPage(p, m, m.Environments[2])
		}},
	}
}

// galleryRequest is an operation with a parameter of each kind.
func galleryRequest(p Page) ConsoleForm {
	m := consoleMeta(models.ProjectEditor)
	field := func(key, value string, f openapi.FormField) ConsoleField { return ConsoleField{f, key, value} }
	return ConsoleForm{
		Project: 1000001, Endpoint: 7, Method: "post", Path: "/shipments/{shipmentId}/parcels", Title: "Add a parcel", Environment: m.Current,
		Fields: []ConsoleField{
			field("p0", "shp_01HZX4", openapi.FormField{In: "path", Name: "shipmentId", Type: "string", Required: true, Description: "The ID that booking returned."}),
			field("p1", "", openapi.FormField{In: "query", Name: "units", Type: "string", Enum: []string{"metric", "imperial"}, Default: "metric"}),
			field("p2", "", openapi.FormField{In: "query", Name: "dryRun", Type: "boolean", Deprecated: true}),
			field("p3", "events\nrates", openapi.FormField{In: "query", Name: "expand", Type: "array", Items: "string"}),
			field("p4", "Bearer {{access_token}}", openapi.FormField{In: "header", Name: "Authorization", Type: "string", Secret: true}),
			field("p5", "", openapi.FormField{In: "cookie", Name: "session", Type: "string", Secret: true, Format: "uuid"}),
		},
		Body: &ConsoleBody{
			MediaTypes: []string{"application/json", "application/xml"}, MediaType: "application/json", FieldsFor: "application/json", Required: true,
			Text: "{\n  \"weight\": 1.5\n}",
			Fields: []ConsoleField{
				field("f0", "1.5", openapi.FormField{In: "body", Name: "weight", Type: "number", Required: true}),
				field("f1", "2", openapi.FormField{In: "body", Name: "pieces", Type: "integer"}),
				field("f2", "{}", openapi.FormField{In: "body", Name: "size", Type: "object", Description: "Length, width and height in centimetres."}),
				field("f3", "[]", openapi.FormField{In: "body", Name: "labels", Type: "array", Items: "object"}),
				field("f4", "", openapi.FormField{In: "body", Name: "description", Type: "string", Long: true}),
			},
		},
	}
}

func galleryAnswer() *ConsoleAnswer {
	body := `{
  "id": "prc_09KD2M",
  "weight": 1.5,
  "open": false,
  "seal": null,
  "labels": [{"format": "pdf", "pages": 2, "url": "https://labels.harbor.example/prc_09KD2M?size=<a6>"}],
  "empty": []
}`
	return &ConsoleAnswer{
		Status: 201, Reason: "Created", TookMS: 84, Size: int64(len(body)), ContentType: "application/json", JSON: []byte(body), Text: body,
		Headers: []ConsoleHeader{{"Content-Type", "application/json"}, {"Ratelimit-Remaining", "58"}},
		Curl:    "curl -X POST 'https://staging.harbor.example/v2/shipments/shp_01HZX4/parcels' \\\n  -H 'Authorization: Bearer ****Wk4z'",
	}
}

func galleryHistory(p Page) []models.ConsoleRequest {
	url := "https://staging.harbor.example/v2/shipments/shp_01HZX4/parcels"
	out := []models.ConsoleRequest{
		{ID: 9, Method: "post", URL: url, Status: 201, Took: 84_000, CreatedAt: p.Now.Add(-time.Minute)},
		{ID: 8, Method: "post", URL: url + "?q=" + strings.Repeat("x", 300), Status: 422, Took: 9_000, CreatedAt: p.Now.Add(-time.Hour)},
	}
	for i, failure := range []string{"not_allowed", "timeout", "too_large", "unreachable"} {
		out = append(out, models.ConsoleRequest{ID: int64(i + 1), Method: "post", URL: url, Failure: failure, CreatedAt: p.Now.Add(-48 * time.Hour)})
	}
	return out
}

func requestStates() []State {
	state := func(name string, change func(Page, *ConsoleForm)) State {
		return State{"ConsolePage", name, func(p Page) templ.Component {
			m, f := consoleMeta(models.ProjectEditor), galleryRequest(p)
			change(p, &f)
			p.Path = f.path("/send")
			return ConsolePage(p, m, f)
		}}
	}
	answer := func(name string, change func(*ConsoleAnswer)) State {
		return state(name, func(p Page, f *ConsoleForm) {
			f.Answer, f.History = galleryAnswer(), galleryHistory(p)[:2]
			change(f.Answer)
		})
	}
	states := []State{
		state("plain", func(Page, *ConsoleForm) {}),
		state("as text", func(_ Page, f *ConsoleForm) { f.Body.AsText = true }),
		state("no environment", func(_ Page, f *ConsoleForm) { f.Environment, f.Body, f.Fields = nil, nil, nil }),
		state("no values yet", func(_ Page, f *ConsoleForm) { f.Missing = []string{"access_token", "projectId"} }),
		state("files", func(_ Page, f *ConsoleForm) {
			f.Body.MediaTypes, f.Body.MediaType, f.Body.FieldsFor = []string{"multipart/form-data"}, "multipart/form-data", "multipart/form-data"
			f.Body.Fields = []ConsoleField{{openapi.FormField{In: "body", Name: "photo", Type: "file", Required: true}, "f0", ""}}
		}),
		state("whole body as a file", func(_ Page, f *ConsoleForm) {
			f.Body = &ConsoleBody{MediaTypes: []string{"application/octet-stream"}, MediaType: "application/octet-stream", AsText: true, File: true}
		}),
		state("again", func(_ Page, f *ConsoleForm) { f.Forgotten = true }),
		state("refused", func(_ Page, f *ConsoleForm) {
			f.Fields[0].Value, f.Body.Fields[0].Value, f.Body.Fields[1].Value, f.Body.Fields[2].Value = "", "much", "1.5", "{"
			f.Errors = Errors{
				{Field: "p0", Code: "field_required"}, {Field: "p4", Code: "variable_missing", Params: map[string]any{"name": "access_token"}},
				{Field: "f0", Code: "number_wanted"}, {Field: "f1", Code: "integer_wanted"}, {Field: "f2", Code: "json_wanted"},
			}
		}),
		state("refused, address and headers", func(_ Page, f *ConsoleForm) {
			f.Fields[0].Value = ".."
			f.Errors = Errors{
				{Field: "environment", Code: "shared_secret_elsewhere"}, {Field: "p0", Code: "path_dots"},
				{Field: "p4", Code: "header_value"}, {Field: "p5", Code: "header_forbidden", Params: map[string]any{"name": "Host"}},
			}
		}),
		state("no base URL", func(_ Page, f *ConsoleForm) { f.Errors = Errors{{Field: "environment", Code: "base_url_missing"}} }),
		state("another address", func(_ Page, f *ConsoleForm) {
			f.Question = &OriginQuestion{Origin: "https://staging.harbor.example", Names: []string{"access_token"}}
		}),
		state("too many", func(_ Page, f *ConsoleForm) { f.Wait = 41 }),
		answer("answer", func(*ConsoleAnswer) {}),
		answer("text", func(a *ConsoleAnswer) {
			a.JSON, a.Text, a.Cut, a.ContentType, a.Size, a.Download = nil, strings.Repeat("No JSON. <b>", 99), true, "text/html", 2_400_000, "/projects/1000001/answers/x"
		}),
		answer("image", func(a *ConsoleAnswer) {
			a.JSON, a.Text, a.ContentType, a.Size = nil, "", "image/gif", 35_000
			a.Image = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
		}),
		answer("download", func(a *ConsoleAnswer) {
			a.JSON, a.Text, a.ContentType, a.Download = nil, "", "application/pdf", "/projects/1000001/answers/x"
		}),
		answer("empty", func(a *ConsoleAnswer) { *a = ConsoleAnswer{Status: 304, Reason: "Not Modified", Curl: a.Curl} }),
		answer("not found", func(a *ConsoleAnswer) { a.Status, a.Reason = 404, "Not Found" }),
	}
	for _, failure := range []string{"not_allowed", "timeout", "too_large", "invalid", "unreachable"} {
		states = append(states, answer(strings.ReplaceAll(failure, "_", " "), func(a *ConsoleAnswer) { *a = ConsoleAnswer{Failure: failure, Curl: a.Curl} }))
	}
	history := func(name string, n int) State {
		return State{"ConsoleHistoryPage", name, func(p Page) templ.Component {
			m, f := consoleMeta(models.ProjectEditor), galleryRequest(p)
			f.History = galleryHistory(p)[:n]
			p.Path = f.path("/history")
			return ConsoleHistoryPage(p, m, f)
		}}
	}
	return append(states, history("plain", len(galleryHistory(Page{}))), history("none", 0), history("one", 1))
}
