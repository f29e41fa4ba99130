package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

func init() {
	addRoleRows(map[string]roleRow{
		"GET /projects/:project/api":                       viewers(200),
		"GET /projects/:project/api/folders/:id":           viewers(303),
		"GET /projects/:project/api/endpoints/:id":         viewers(200),
		"GET /projects/:project/api/endpoints/:id/edit":    editors(200),
		"POST /projects/:project/api/endpoints/:id/edit":   editors(422),
		"GET /projects/:project/api/endpoints/:id/delete":  editors(200),
		"POST /projects/:project/api/endpoints/:id/delete": editors(303),
		"GET /projects/:project/api/schemas/:id":           viewers(200),
		"GET /projects/:project/api/schemas/:id/delete":    editors(200),
		"POST /projects/:project/api/schemas/:id/delete":   editors(303),
	})
}

// described is a person's project with a description in it.
type describedProject struct {
	owner   *models.User
	project *models.Project
}

func (s *site) describe(t testing.TB, document []byte) describedProject {
	t.Helper()
	owner := modeltest.MustUser(t, s.store)
	actor := models.Actor{Kind: "user", User: owner}
	project, err := s.store.CreateProject(t.Context(), actor, models.NewProject{Name: "Harbor Shipping"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := openapi.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	o := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting}
	if _, err := s.store.Import(t.Context(), actor, project.ID, d, nil, o); err != nil {
		t.Fatal(err)
	}
	return describedProject{owner, project}
}

func (d describedProject) path(below string) string {
	return fmt.Sprintf("/projects/%d%s", d.project.ID, below)
}

// endpoint is the page of the endpoint with this method and path.
func (d describedProject) endpoint(t testing.TB, s *site, label string) string {
	t.Helper()
	all, err := s.store.Endpoints(t.Context(), d.project)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Label() == label {
			return d.path("/api/endpoints/" + strconv.FormatInt(e.ID, 10))
		}
	}
	t.Fatalf("no endpoint %s", label)
	return ""
}

func shipments(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/shipments.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReference(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		overview := b.get(d.path("/api")).want(200)
		if overview.text("h1") != "Harbor Shipments API" || !strings.Contains(overview.text("main"), "6 operations") {
			t.Errorf("overview: %s", overview.text("main"))
		}
		overview.none(".tree .leaves")
		folder := b.get(overview.find(".tree .folders > li:first-child > a").AttrOr("href", "")).want(200)
		if folder.text("h1") != "Shipments" || folder.count(".tree details[open] .leaves li") != 4 || folder.count("main .oplist li") != 4 {
			t.Errorf("folder: %s", folder.text("main"))
		}
		part := b.htmx(d.path("/api")).get(overview.find(".tree .folders > li:first-child > a").AttrOr("data-hx-get", "")).want(200)
		if part.count("details[open] .leaves li") != 4 || strings.Contains(part.body, "<html") {
			t.Errorf("a folder opened by htmx:\n%s", part.body)
		}

		page := b.get(d.endpoint(t, s, "get /shipments/{shipmentId}")).want(200)
		if page.text("h1") != "Get a shipment" || page.text(".tree [aria-current=page]") != "GETGet a shipment" && page.text(".tree [aria-current=page]") != "GET Get a shipment" {
			t.Errorf("page: %q %q", page.text("h1"), page.text(".tree [aria-current=page]"))
		}
		main := page.text("main")
		for _, want := range []string{"Path parameters", "shipmentId", "required", "Query parameters", "expand", "array of string", "Needs a bearer token",
			"One of booked in_transit delivered", "Expected arrival", "404", "Default metric", "Length: at least 8"} {
			if !strings.Contains(main, want) {
				t.Errorf("the page lacks %q:\n%s", want, main)
			}
		}
		if href := page.find(".params a[href*='/api/schemas/']:contains('Parcel')").AttrOr("href", ""); b.get(href).want(200).text("h1") != "Parcel" {
			t.Error("a reference does not lead to its schema")
		}
		if curl := page.find("#sample-curl").Text(); !strings.Contains(curl, `-H "Authorization: Bearer $ACCESS_TOKEN"`) || !strings.Contains(curl, "$BASE_URL/shipments/shp_01HZX4") {
			t.Errorf("curl: %s", curl)
		}
		page.find("#console")
	})
}

func TestReferenceSamplesFollowTheEnvironment(t *testing.T) {
	s := newSite(t)
	d := s.describe(t, shipments(t))
	actor := models.Actor{Kind: "user", User: d.owner}
	region := "eu"
	_, err := s.store.SaveEnvironment(t.Context(), actor, d.project.ID, 0, models.EnvironmentForm{
		Name: "Staging", BaseURL: "https://{{region}}.harbor.example/v2",
		Variables: []models.VariableForm{{Name: "region", Shared: &region}, {Name: "access_token", Secret: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.enter(t, d.owner).get(d.endpoint(t, s, "post /shipments")).want(200)
	curl, python := page.find("#sample-curl").Text(), page.find("#sample-python").Text()
	for _, want := range []string{`curl -X POST "https://eu.harbor.example/v2/shipments"`, "$ACCESS_TOKEN", `--data '{`, `"it'\''s"`} {
		if !strings.Contains(curl, want) {
			t.Errorf("curl lacks %s:\n%s", want, curl)
		}
	}
	for _, want := range []string{`os.environ["ACCESS_TOKEN"]`, `"https://eu.harbor.example/v2/shipments"`, `r"""{`} {
		if !strings.Contains(python, want) {
			t.Errorf("Python lacks %s:\n%s", want, python)
		}
	}
}

func TestReferenceSearch(t *testing.T) {
	s := newSite(t)
	d := s.describe(t, shipments(t))
	b := s.enter(t, d.owner)
	for query, want := range map[string]int{"shipments": 4, "POST label": 1, "Parcel": 2, "100%": 0, "nothing_like_it": 0, "get track": 1} {
		page := b.get(d.path("/api?q=" + strings.ReplaceAll(strings.ReplaceAll(query, "%", "%25"), " ", "+"))).want(200)
		if got := page.count("main .oplist li"); got != want {
			t.Errorf("%q finds %d, not %d: %s", query, got, want, page.text("main"))
		}
		part := b.htmx(d.path("/api")).get(d.path("/api?q=" + strings.ReplaceAll(strings.ReplaceAll(query, "%", "%25"), " ", "+"))).want(200)
		if part.count("#tree-list") != 1 || part.count("#tree-list .leaves li") != want || part.count("main") != 0 {
			t.Errorf("%q by htmx: %s", query, part.body)
		}
	}
	if b.get(d.path("/api?folder=999999")).StatusCode != 404 || b.get(d.path("/api?folder=x")).StatusCode != 404 {
		t.Error("an unknown folder is found")
	}
}

func TestReferenceEdit(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		page := d.endpoint(t, s, "get /shipments")
		form := b.get(page + "/edit").want(200)
		folder := form.find("#folder option[selected]").AttrOr("value", "")
		if form.value("#name") != "List shipments" || form.value("#tags") != "Shipments" || folder == "0" {
			t.Errorf("form: %q %q %q", form.value("#name"), form.value("#tags"), folder)
		}
		b.post(page+"/edit", "name", "", "description", "x", "folder", folder, "tags", "", "status", "").refused("name")
		b.post(page+"/edit", "name", "All shipments", "description", "**New** words", "folder", "0", "tags", "a, b,", "status", "released").to(page)
		after := b.get(page).want(200)
		if after.text("h1") != "All shipments" || after.text(".op .prose strong") != "New" || !strings.Contains(after.text("main"), "Released") {
			t.Errorf("after the edit: %s", after.text("main"))
		}
		b.get(page + "/delete").want(200)
		b.post(page + "/delete").to(d.path("/api"))
		b.get(page).want(404)
	})
}

// The pages of a description of 1,200 operations take little more work than those
// of six. Work is counted in allocations, which don't waver with the machine's load.
func TestReferencePagesOfALargeProject(t *testing.T) {
	s := newSite(t)
	small, large := s.describe(t, shipments(t)), s.describe(t, manyOperations(1200, 40))
	b := s.enter(t, small.owner)
	measure := func(who *browser, path string) (work float64, size int) {
		work = testing.AllocsPerRun(3, func() { size = len(who.get(path).want(200).body) })
		return work, size
	}
	smallWork, smallSize := measure(b, small.endpoint(t, s, "get /shipments/{shipmentId}"))
	other := s.enter(t, large.owner)
	for _, path := range []string{large.endpoint(t, s, "get /r7/{id}/k607"), large.path("/api")} {
		work, size := measure(other, path)
		t.Logf("%s: %.0f allocations for %d bytes; small: %.0f for %d bytes", path, work, size, smallWork, smallSize)
		if work > 3*smallWork {
			t.Errorf("%s takes %.0f allocations, a page of a small project %.0f", path, work, smallWork)
		}
		if size > 3*smallSize {
			t.Errorf("%s has %d bytes, a page of a small project %d", path, size, smallSize)
		}
	}
}

// manyOperations is a description of n operations with as many tags as given.
func manyOperations(n, tags int) []byte {
	plain := ""
	for i := range 60 {
		plain += fmt.Sprintf(`"p%d":{"type":"string","description":"What property %d means."},`, i, i)
	}
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.1.0","info":{"title":"Many","version":"1"},"paths":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/r%d/{id}/k%d":{"get":{"summary":"Read the thing number %d","tags":["Group %d"],"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
		"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S%d"}}}}}}}`, i%60, i, i, i%tags, i)
	}
	b.WriteString(`},"components":{"schemas":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"S%d":{"type":"object","properties":{%s"next":{"$ref":"#/components/schemas/S%d"},"other":{"$ref":"#/components/schemas/S%d"}}}`, i, plain, (i+1)%n, (i*7+3)%n)
	}
	b.WriteString(`}}}`)
	return b.Bytes()
}

func BenchmarkReferencePage(b *testing.B) {
	s := newSite(b)
	small, large := s.describe(b, shipments(b)), s.describe(b, manyOperations(1200, 40))
	for name, d := range map[string]describedProject{"small": small, "large": large} {
		page := d.endpoint(b, s, map[string]string{"small": "get /shipments/{shipmentId}", "large": "get /r7/{id}/k607"}[name])
		who := s.enter(b, d.owner)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if who.get(page).StatusCode != http.StatusOK {
					b.Fatal(page)
				}
			}
		})
	}
}
