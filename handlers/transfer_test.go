package handlers

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tessera/models"
)

func init() {
	addRoleRows(map[string]roleRow{
		"GET /projects/:project/import":         editors(200),
		"POST /projects/:project/import":        editors(422),
		"GET /projects/:project/import/:draft":  editors(404),
		"POST /projects/:project/import/:draft": editors(404),
		"GET /projects/:project/export":         viewers(200),
		"POST /projects/:project/export":        viewers(200),
	})
}

// send posts a form with a file, as browsers do.
func (b *browser) send(path, fileName string, content []byte, fields ...string) *answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", fileName)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", b.base().String())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestImportPages(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		b.get(d.path("/import")).want(200)
		before := s.rows(t)
		changed := bytes.Replace(shipments(t), []byte("summary: Make a label"), []byte("summary: Print a label"), 1)
		changed = append(changed, []byte("    New: { type: string }\n")...)
		address := b.send(d.path("/import"), "more.yaml", changed, "source", "file").want(303).Header.Get("Location")
		preview := b.get(address).want(200)
		main := preview.text("main")
		for _, want := range []string{"Preview of the import", "more.yaml", "1 will be created", "1 will be updated", "post /labels", "New"} {
			if !strings.Contains(main, want) {
				t.Errorf("the preview lacks %q:\n%s", want, main)
			}
		}
		after := s.rows(t)
		for _, table := range []string{"endpoints", "schemas", "parts", "revisions", "folders"} {
			if before[table] != after[table] {
				t.Errorf("the preview changes %s", table)
			}
		}
		stranger := s.enter(t, s.describe(t, shipments(t)).owner)
		stranger.get(address).want(404)

		b.post(address).to(address)
		result := b.get(address).want(200)
		if !strings.Contains(result.text("main"), "1 updated") || result.count("main form[method=post]:not(.envchoice)") != 0 {
			t.Errorf("result: %s", result.text("main"))
		}
		b.get(result.find("a:contains('post /labels')").AttrOr("href", "")).want(200)
		b.get(result.find("main .oplist a:contains('New')").AttrOr("href", "")).want(200)
		again := s.rows(t)["revisions"]
		b.post(address).to(address) // a second press does nothing
		if s.rows(t)["revisions"] != again {
			t.Error("a second press imports again")
		}
	})
}

func TestImportPageRefuses(t *testing.T) {
	s := newSite(t, func(cfg *Config) { cfg.ImportLimit = 1 << 20 })
	d := s.describe(t, shipments(t))
	b := s.enter(t, d.owner)
	page := d.path("/import")
	b.send(page, "", nil, "source", "file").refused("file")
	b.send(page, "x.json", []byte(`{"openapi":"3.1.0",`), "source", "file").refused("file")
	b.send(page, "x.json", []byte(`{"a":1}`), "source", "file").refused("file")
	wrong := b.send(page, "", nil, "source", "text", "text", "openapi: 3.1.0\npaths: [").refused("text")
	if !strings.Contains(wrong.text("main"), "ine ") || wrong.text("#text") == "" {
		t.Errorf("no place, or the text is lost: %s", wrong.text("main"))
	}
	b.send(page, "", nil, "source", "url", "url", "nonsense").refused("url")
	b.send(page, "", nil, "source", "url", "url", "http://127.0.0.1/openapi.json", "username", "u", "password", "p").refused("url")
	b.send(page, "a.yaml", shipments(t), "source", "file", "endpointOverwriteBehavior", "BURN").refused("endpointOverwriteBehavior")
	b.send(page, "a.yaml", shipments(t), "source", "file", "targetEndpointFolderId", "99999").refused("targetEndpointFolderId")
	large := b.send(page, "large.json", bytes.Repeat([]byte("x"), 2<<20), "source", "file")
	if large.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(large.text("#file-error"), "1 MiB") {
		t.Errorf("%d %s", large.StatusCode, large.excerpt())
	}
	if n := s.count(t, "SELECT COUNT(*) FROM import_drafts"); n != 0 {
		t.Errorf("%d drafts", n)
	}
}

func TestImportPagePostman(t *testing.T) {
	s := newSite(t)
	d := s.describe(t, shipments(t))
	b := s.enter(t, d.owner)
	collection := `{"info":{"name":"Pets","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
	"item":[{"name":"List pets","request":{"method":"GET","url":"https://pets.example/pets"}}]}`
	address := b.send(d.path("/import"), "pets.json", []byte(collection), "source", "file").want(303).Header.Get("Location")
	if main := b.get(address).text("main"); !strings.Contains(main, "get /pets") || !strings.Contains(main, "Postman requests") {
		t.Errorf("%s", main)
	}
}

func TestDraftsAreBounded(t *testing.T) {
	s := newSite(t)
	d := s.describe(t, shipments(t))
	b := s.enter(t, d.owner)
	var first string
	for i := range 5 {
		address := b.send(d.path("/import"), fmt.Sprint(i), shipments(t), "source", "file").want(303).Header.Get("Location")
		if i == 0 {
			first = address
		}
		s.clock.Advance(time.Second)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM import_drafts"); n != 3 {
		t.Errorf("%d drafts", n)
	}
	b.get(first).want(404)
	s.clock.Advance(models.KeepDrafts)
	if err := s.store.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM import_drafts"); n != 0 {
		t.Errorf("%d drafts after two hours", n)
	}
}

func TestExportPages(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		page := b.get(d.path("/export?oasVersion=3.0&exportFormat=YAML&scope=SELECTED_TAGS&tag.Labels=1&addFoldersToTags=1")).want(200)
		for _, want := range []string{`"oasVersion": "3.0"`, `"Labels"`, `"addFoldersToTags": true`, "-o openapi.yaml", "/v1" + d.path("/export-openapi")} {
			if !strings.Contains(page.find("#curl").Text(), want) {
				t.Errorf("curl lacks %s: %s", want, page.find("#curl").Text())
			}
		}
		file := b.post(d.path("/export"), "oasVersion", "3.0", "exportFormat", "YAML", "scope", "SELECTED_TAGS", "tag.Labels", "1").want(200)
		file.header("Content-Disposition", `attachment; filename=Harbor-Shipping.yaml`).header("Content-Type", "application/yaml")
		if !strings.HasPrefix(file.body, "openapi:") || !strings.Contains(file.body, "/labels") || strings.Contains(file.body, "/tracking") {
			t.Errorf("%s", file.body)
		}
		b.post(d.path("/export"), "scope", "SELECTED_TAGS").refused("tags")
		b.post(d.path("/export"), "scope", "SELECTED_FOLDERS").refused("folders")
		b.post(d.path("/export"), "scope", "SELECTED_ENDPOINTS", "endpoint.a", "1").refused("endpoints")
		b.post(d.path("/export"), "scope", "SELECTED_ENDPOINTS").refused("endpoints")
		b.post(d.path("/export"), "oasVersion", "4").refused("oasVersion")
		b.post(d.path("/export"), "scope", "SELECTED_FOLDERS", "folder.99999", "1").refused("folders")
	})
}

// What an older version can't say is said before the download, and nothing is recorded until then.
func TestExportSaysWhatIsLost(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		exports := func() int {
			return s.count(t, "SELECT COUNT(*) FROM audit_events WHERE kind = 'project.exported'")
		}
		asked := b.post(d.path("/export"), "oasVersion", "2.0", "exportFormat", "YAML").want(200)
		main := asked.text("main")
		if !strings.Contains(main, "Swagger 2.0 can’t say everything") || !strings.Contains(main, "callbacks") || asked.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s", main)
		}
		if asked.find("#oasVersion option[selected]").AttrOr("value", "") != "2.0" || asked.find("#exportFormat option[selected]").AttrOr("value", "") != "YAML" {
			t.Error("the choices are lost")
		}
		if exports() != 0 {
			t.Error("an export is recorded that was none")
		}
		file := b.post(d.path("/export"), "oasVersion", "2.0", "exportFormat", "YAML", "do", "accept").want(200)
		if !strings.HasPrefix(file.body, "swagger:") || !strings.Contains(file.body, "x-apidog-omitted") || exports() != 1 {
			t.Errorf("%d exports, %s", exports(), file.excerpt())
		}
		b.post(d.path("/export"), "oasVersion", "3.1").want(200).header("Content-Type", "application/json")
	})
}

// Operations are chosen by their names; what is chosen stays when the search finds others.
func TestExportOfChosenOperations(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		d := s.describe(t, shipments(t))
		b := s.enter(t, d.owner)
		first := b.get(d.path("/export")).want(200)
		if n := first.count("#endpoints input:not([checked])"); n != s.count(t, "SELECT COUNT(*) FROM endpoints") {
			t.Errorf("%d operations to choose from", n)
		}
		name := first.find("#endpoints label:contains('/labels') input").AttrOr("name", "")
		found := b.post(d.path("/export"), "do", "find", "find", "GET shipmentid", "scope", "SELECTED_ENDPOINTS", name, "1").want(200)
		if found.count("#endpoints label") != 2 || found.count("#endpoints input[checked]") != 1 || !strings.Contains(found.text("#endpoints label:first-child"), "/labels") {
			t.Errorf("found: %s", found.text("#endpoints"))
		}
		if !strings.Contains(found.find("#curl").Text(), `"selectedEndpointIds": [`) {
			t.Errorf("%s", found.find("#curl").Text())
		}
		file := b.post(d.path("/export"), "scope", "SELECTED_ENDPOINTS", name, "1").want(200)
		if !strings.Contains(file.body, `"/labels"`) || strings.Contains(file.body, `"/shipments"`) {
			t.Errorf("%s", file.excerpt())
		}
		many := []string{"scope", "SELECTED_ENDPOINTS"}
		for i := range maxChosenOperations + 1 {
			many = append(many, fmt.Sprintf("endpoint.%d", i+1), "1")
		}
		b.post(d.path("/export"), many...).refused("endpoints")
	})
}
