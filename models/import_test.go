package models_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

// content is a project with its owner, to import into.
type content struct {
	t       *testing.T
	s       *models.Store
	owner   *models.User
	project *models.MyProject
}

func eachContent(t *testing.T, f func(t *testing.T, c *content)) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Pets"}))(t)
		f(t, &content{t, s, u, must(s.Project(t.Context(), u, p.ID, models.ViewProject))(t)})
	})
}

func overwrite() models.ImportOptions {
	return models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting, Cases: models.OverwriteExisting}
}

func (c *content) tryImport(document string, o models.ImportOptions) (*models.ImportResult, error) {
	c.t.Helper()
	return c.s.Import(c.t.Context(), by(c.owner), c.project.ID, must(openapi.Parse([]byte(document)))(c.t), nil, o)
}

// load imports a document and checks the counters that are not zero.
func (c *content) load(document string, o models.ImportOptions, want string) *models.ImportResult {
	c.t.Helper()
	r := must(c.tryImport(document, o))(c.t)
	var got []string
	for _, name := range slices.Sorted(maps.Keys(r.Counters)) {
		if n := r.Counters[name]; n != 0 {
			got = append(got, fmt.Sprint(name, " ", n))
		}
	}
	if strings.Join(got, ", ") != want {
		c.t.Errorf("counters %q, not %q", got, want)
	}
	return r
}

func (c *content) export(o models.ExportOptions) string {
	c.t.Helper()
	out, _, err := c.s.Export(c.t.Context(), by(c.owner), c.project, o)
	ok(c.t, err)
	return string(out)
}

// describe writes a document: paths, each with a get that has the members, and schemas.
func describe(paths, schemas string) string {
	return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` + paths + `},"components":{"schemas":{` + schemas + `}}}`
}

func get(path, members string) string {
	return `"` + path + `":{"get":{` + members + `"responses":{}}}`
}

// CREATE_NEW adds beside what is there. An export has the newest, and lists the
// others where extensions are on; deleting what is not in the document spares both.
func TestImportCreateNew(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		c.load(describe(get("/a", `"summary":"First",`), `"Pet":{"type":"string"}`), overwrite(), "endpointCreated 1, schemaCreated 1")
		o := overwrite()
		o.Endpoints, o.Schemas, o.DeleteEndpoints, o.DeleteSchemas = models.CreateNew, models.CreateNew, true, true
		second := describe(get("/a", `"summary":"Second",`), `"Pet":{"type":"integer"},"Pet_2":{"type":"boolean"}`)
		c.load(second, o, "endpointCreated 1, schemaCreated 2")
		names := ""
		for _, x := range must(c.s.Schemas(t.Context(), &c.project.Project))(t) {
			names += x.Name + " "
		}
		if names != "Pet Pet_3 Pet_2 " {
			t.Errorf("schemas %s", names)
		}
		plain := c.export(models.ExportOptions{})
		full := c.export(models.ExportOptions{Format: openapi.ExportOptions{Extensions: true}})
		if !strings.Contains(plain, "Second") || strings.Contains(plain, "First") || !strings.Contains(full, "First") || !strings.Contains(full, openapi.OmittedMember) {
			t.Errorf("exports\n%s\n%s", plain, full)
		}
		if r := must(c.tryImport(full, overwrite()))(t); r.Counters["endpointIgnored"]+r.Counters["endpointUpdated"] != 1 {
			t.Errorf("again %v", r.Counters)
		}
	})
}

// What a database can't keep is left out or refused, never a failure of the server.
func TestImportOfWhatCannotBeKept(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		long := strings.Repeat("x", 5000)
		r := c.load(describe(get("/"+long, "")+","+get("/a", `"summary":"nul \u0000 here","tags":["a\u0000/`+long+`","\u0000"],`), ""), overwrite(),
			"endpointCreated 1, endpointFailed 1, endpointFolderCreated 2")
		if len(r.Failed) != 1 || r.Failed[0].Code != openapi.IssuePath {
			t.Errorf("failed %+v", r.Failed)
		}
		e := must(c.s.Endpoints(t.Context(), &c.project.Project))(t)[0]
		if e.Name != "nul  here" || e.Tags[1] != "" {
			t.Errorf("%q, %q", e.Name, e.Tags)
		}
		if !strings.Contains(c.export(models.ExportOptions{}), `nul \u0000 here`) {
			t.Error("the exact text was lost")
		}
		for _, schemas := range []string{`"a\u0000":{}`, `"` + long + `":{}`} {
			_, err := c.tryImport(describe("", schemas), overwrite())
			wantRefusals(t, err, "input:name_unusable")
		}
		deep := `"tags":["` + strings.Repeat("d/", 100) + `d"],`
		c.load(describe(get("/deep", deep), ""), overwrite(), "endpointCreated 1, endpointFolderCreated 32")
		servers := `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{},"servers":[{"url":"https://a/` + long + `"},{"url":"https://b","description":"Same"},{"url":"https://c","description":"same"}]}`
		o := overwrite()
		o.ServersAsEnvironments = true
		if r := c.load(servers, o, "environmentCreated 2"); len(r.Warnings) != 1 {
			t.Errorf("warnings %+v", r.Warnings)
		}
	})
}

// A document for a folder of endpoints deletes nothing outside of it.
func TestImportDeletesBelowTheTarget(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		c.load(describe(get("/a", `"tags":["one/two"],`)+","+get("/b", `"tags":["other"],`), `"Pet":{}`), overwrite(),
			"endpointCreated 2, endpointFolderCreated 3, schemaCreated 1")
		folders := must(c.s.Folders(t.Context(), &c.project.Project, models.EndpointFolder))(t)
		o := overwrite()
		o.DeleteEndpoints, o.DeleteSchemas, o.EndpointFolder = true, true, folders[0].ID
		c.load(describe("", ""), o, "endpointDeleted 1")
		o.EndpointFolder = folders[len(folders)-1].ID + 1
		_, err := c.tryImport(describe("", ""), o)
		wantRefusals(t, err, "targetEndpointFolderId:folder_unknown")
		o.EndpointFolder, o.SchemaFolder = 0, folders[0].ID // of the other kind
		_, err = c.tryImport(describe("", ""), o)
		wantRefusals(t, err, "targetSchemaFolderId:folder_unknown")
	})
}

// Imports of one project at once follow each other; none is lost.
func TestImportsTogether(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		const n = 8
		errs := make([]error, n)
		together(n, func(i int) {
			d, err := openapi.Parse([]byte(describe(get(fmt.Sprint("/p", i), `"tags":["same"],`), `"Same":{}`)))
			if err == nil {
				_, err = c.s.Import(t.Context(), by(c.owner), c.project.ID, d, nil, overwrite())
			}
			errs[i] = err
		})
		for _, err := range errs {
			ok(t, err)
		}
		p := &c.project.Project
		if e, x, f := must(c.s.Endpoints(t.Context(), p))(t), must(c.s.Schemas(t.Context(), p))(t), must(c.s.Folders(t.Context(), p, models.EndpointFolder))(t); len(e) != n || len(x) != 1 || len(f) != 1 {
			t.Errorf("%d endpoints, %d schemas, %d folders", len(e), len(x), len(f))
		}
	})
}

// Answers are repeated to their caller, for their project, for a day.
func TestOnce(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Pets"}))(t)
		hash := make([]byte, 32)
		calls := 0
		once := func(who *models.User, name string, hash []byte) (string, bool, error) {
			answer, replayed, err := s.Once(t.Context(), who, p.ID, name, hash, func(*models.Store) ([]byte, error) {
				calls++
				return fmt.Append(nil, "answer ", calls), nil
			})
			return string(answer), replayed, err
		}
		want := func(who *models.User, name, answer string, again bool) {
			t.Helper()
			if got, replayed, err := once(who, name, hash); got != answer || replayed != again || err != nil {
				t.Errorf("%s: %q, %t, %v", name, got, replayed, err)
			}
		}
		want(u, "a", "answer 1", false)
		want(u, "a", "answer 1", true)
		want(u, "b", "answer 2", false)
		want(other, "a", "answer 3", false)
		_, _, err := once(u, "a", append([]byte{1}, hash[1:]...))
		wantError(t, err, models.ErrConflict)
		clock.Advance(models.KeepAnswers)
		want(u, "a", "answer 4", false)
		ok(t, s.Cleanup(t.Context()))
		if n := count(t, s, "SELECT COUNT(*) FROM idempotent_answers"); n != 1 {
			t.Errorf("%d answers are kept", n)
		}
	})
}

func TestContentSize(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		size := func() int64 { return must(c.s.ContentSize(t.Context(), &c.project.Project))(t) }
		if n := size(); n != 0 {
			t.Errorf("an empty project has %d bytes", n)
		}
		c.load(describe(get("/a", `"summary":"é",`), `"Pet":{"type":"string"}`), overwrite(), "endpointCreated 1, schemaCreated 1")
		before := size()
		other := c.newProject("Other")
		other.load(describe(get("/a", ""), ""), overwrite(), "endpointCreated 1")
		c.load(describe(get("/a", `"summary":"éé",`), `"Pet":{"type":"string"}`), overwrite(), "endpointUpdated 1, schemaIgnored 1")
		if n := size(); n != before+2 {
			t.Errorf("%d bytes, after %d", n, before)
		}
	})
}
