package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/openapi"
)

const petsCollection = `{"info":{"name":"Pets"},"item":[{"name":"Group","item":[
{"name":"Small","request":"/pets/:id?size=small"},{"name":"Large","request":"/pets/:id?size=large"}]}]}`

func (c *content) postman(collection string, behavior models.Behavior) *models.ImportResult {
	c.t.Helper()
	parsed := must(openapi.ParsePostman([]byte(collection)))(c.t)
	o := overwrite()
	o.Cases = behavior
	return must(c.s.Import(c.t.Context(), by(c.owner), c.project.ID, parsed.Document, parsed, o))(c.t)
}

// casesIn lists the cases of all endpoints of a project, as name and query.
func (c *content) casesIn(p *models.Project) string {
	c.t.Helper()
	var all []string
	for _, e := range must(c.s.Endpoints(c.t.Context(), p))(c.t) {
		for _, k := range must(c.s.Cases(c.t.Context(), &e))(c.t) {
			all = append(all, fmt.Sprint(e.Label(), " ", k.Name, " ", k.Query))
		}
	}
	return strings.Join(all, "\n")
}

func (c *content) newProject(name string) *content {
	c.t.Helper()
	p := must(c.s.CreateProject(c.t.Context(), by(c.owner), models.NewProject{Name: name}))(c.t)
	return &content{c.t, c.s, c.owner, must(c.s.Project(c.t.Context(), c.owner, p.ID, models.ViewProject))(c.t)}
}

func extended() models.ExportOptions {
	return models.ExportOptions{Format: openapi.ExportOptions{Extensions: true}}
}

// What brings an endpoint back brings its cases back, and a copy has its own.
func TestCasesAreKept(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		c.postman(petsCollection, models.OverwriteExisting)
		p := &c.project.Project
		want := c.casesIn(p)
		if strings.Count(want, "\n") != 1 || !strings.Contains(want, "get /pets/{id} Large [{size large false false}]") {
			t.Fatalf("imported %q", want)
		}
		newest := func() int64 { return must(c.s.Revisions(t.Context(), p))(t)[0].ID }

		c.postman(strings.ReplaceAll(petsCollection, "size=large", "size=huge"), models.OverwriteExisting)
		ok(t, c.s.RestoreRevision(t.Context(), by(c.owner), p.ID, newest()))
		if got := c.casesIn(p); got != want {
			t.Errorf("restored %q", got)
		}
		ok(t, c.s.DeleteEndpoint(t.Context(), by(c.owner), p.ID, must(c.s.Endpoints(t.Context(), p))(t)[0].ID))
		if got := c.casesIn(p); got != "" {
			t.Errorf("after the endpoint %q", got)
		}
		ok(t, c.s.RestoreRevision(t.Context(), by(c.owner), p.ID, newest()))
		if got := c.casesIn(p); got != want {
			t.Errorf("with the endpoint %q", got)
		}

		copied := must(c.s.CloneProject(t.Context(), by(c.owner), p.ID, models.NewProject{Name: "Copy"}))(t)
		other := c.newProject("Other")
		other.load(c.export(extended()), overwrite(), "endpointCaseCreated 2, endpointCreated 1, endpointFolderCreated 1")
		for name, project := range map[string]*models.Project{"clone": copied, "export and import": &other.project.Project, "original": p} {
			if got := c.casesIn(project); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if plain := c.export(models.ExportOptions{}); strings.Contains(plain, "-cases") {
			t.Errorf("without extensions\n%s", plain)
		}
	})
}

// Cases match by name, whatever a name is.
func TestCasesMatchByName(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		long := strings.Repeat("é", 3000)
		collection := `{"info":{"name":"A"},"item":[{"name":"a","request":"/a"},{"name":"a\u0000","request":"/a"},{"name":"` + long + `","request":"/a"},{"name":"` + long + `x","request":"/a"}]}`
		for i, want := range []string{"Created", "Ignored"} {
			if r := c.postman(collection, models.OverwriteExisting); r.Counters["endpointCase"+want] != 4 {
				t.Errorf("import %d: %v", i, r.Counters)
			}
		}
		c.postman(`{"info":{"name":"A"},"item":[{"name":"a 3","request":"/a"},{"name":"a","request":"/a"},{"name":"a 2","request":"/a"}]}`, models.CreateNew)
		c.postman(`{"info":{"name":"A"},"item":[{"name":"a","request":"/a"}]}`, models.CreateNew)
		var names []string
		for _, k := range must(c.s.Cases(t.Context(), &must(c.s.Endpoints(t.Context(), &c.project.Project))(t)[0]))(t) {
			if len(k.Name) > 255 {
				t.Errorf("a name of %d bytes", len(k.Name))
			}
			if len(k.Name) < 8 {
				names = append(names, k.Name)
			}
		}
		if want := []string{"a", "a 3", "a 2", "a 2 2", "a 4"}; !slices.Equal(names, want) {
			t.Errorf("names %q, not %q", names, want)
		}
	})
}

// An export with all extensions, imported back, changes what was edited in it and nothing else.
func TestImportOfAnEditedExport(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		c.load(describe(get("/a", `"tags":["x"],"x-apidog-status":"released",`)+","+get("/b", "")+","+get("/c", `"tags":["y"],`), `"Pet":{},"Cat":{"x-apidog-folder":"animals"}`), overwrite(),
			"endpointCreated 3, endpointFolderCreated 2, schemaCreated 2, schemaFolderCreated 1")
		e := must(c.s.Endpoints(t.Context(), &c.project.Project))(t)[1]
		status, folder := "testing", must(c.s.Folders(t.Context(), &c.project.Project, models.EndpointFolder))(t)[0].ID
		must(c.s.EditEndpoint(t.Context(), by(c.owner), c.project.ID, e.ID, models.EndpointChange{Status: &status, FolderID: &folder}))(t)
		o := extended()
		o.RunURL = func(id int64) string { return fmt.Sprint("https://tokens.example/apis/api-", id, "-run") }
		full := c.export(o)
		c.load(full, overwrite(), "endpointIgnored 3, schemaIgnored 2")
		edited := strings.Replace(full, `"/c": {`, `"/c": {"summary": "Here",`, 1)
		c.load(edited, overwrite(), "endpointIgnored 3, schemaIgnored 2")
		edited = strings.Replace(edited, `"x-apidog-status": "testing"`, `"x-apidog-status": "tested"`, 1)
		c.load(edited, overwrite(), "endpointIgnored 2, endpointUpdated 1, schemaIgnored 2")
		if got := c.export(o); strings.Count(got, `-run"`) != 3 || !strings.Contains(got, `"tested"`) || !strings.Contains(got, `"Here"`) {
			t.Errorf("in the end\n%s", got)
		}
	})
}
