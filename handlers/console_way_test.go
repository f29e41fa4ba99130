package handlers

import (
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/views"
)

// fieldsOfForm are the names and values that a browser would post of a form, with what a person typed by label.
func (a *answer) fieldsOfForm(action string, typed map[string]string) []string {
	a.t.Helper()
	form := a.find("form[action='" + action + "'], form[action^='" + action + "#']")
	var out []string
	left := len(typed)
	form.Find("input[name], select[name], textarea[name]").Each(func(_ int, e *goquery.Selection) {
		name, id := e.AttrOr("name", ""), e.AttrOr("id", "")
		value := e.AttrOr("value", "")
		switch goquery.NodeName(e) {
		case "textarea":
			value = strings.TrimPrefix(e.Text(), "\n")
		case "select":
			value = e.Find("option[selected]").AttrOr("value", "")
		default:
			if kind := e.AttrOr("type", ""); (kind == "radio" || kind == "checkbox") && e.AttrOr("checked", "no") == "no" || kind == "file" {
				return
			}
		}
		label := squeeze(form.Find("label[for='" + id + "']").Text())
		for want, text := range typed {
			if label == want || strings.HasPrefix(label, want+" ") {
				value = text
				left--
			}
		}
		out = append(out, name, value)
	})
	if left != 0 {
		a.t.Fatalf("%s: not every one of %v is a control: %s", a.name, typed, a.excerpt())
	}
	return out
}

// The way that the product is for: the built-in project, token and project ID
// put in, and an import sent whose text needs no escaping.
func TestImportFromTheConsole(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	_, secret := s.token(t, u, "console")
	target, err := s.store.CreateProject(t.Context(), models.Actor{Kind: "user", User: u}, models.NewProject{Name: "Harbor"})
	if err != nil {
		t.Fatal(err)
	}
	b.post("/projects/openapi").want(303)
	c := &consoleSite{site: s, user: u, browser: b, project: &models.Project{ID: int64(s.count(t, "SELECT MAX(id) FROM projects"))}}
	environment := b.get(c.path("/environments")).find("main .rows a.name").AttrOr("href", "")
	page := b.get(environment)
	b.post(environment+"/values", page.fieldsOfForm(environment+"/values", map[string]string{
		"access_token": secret, "projectId": strconv.FormatInt(target.ID, 10),
	})...).to(environment)

	send := c.send(t, "post", "/v1/projects/{projectId}/import-openapi")
	form := b.get(send).want(200)
	text := "openapi: 3.1.0\r\ninfo: {title: \"Ships \\\\ & <more>\", version: '1'}\r\npaths:\r\n  /ships:\r\n    get:\r\n      summary: List \"ships\"\r\n      responses: {}\r\n"
	fields := form.fieldsOfForm(send+"#"+views.AnswerID, map[string]string{"input": text})
	a := b.post(send, fields...).want(200)
	if a.text(".response-line .status") != "200 OK" || !strings.Contains(a.find("#answer-text").Text(), `"endpointCreated": 1`) {
		t.Fatal(a.text("#console"))
	}
	if n := s.count(t, "SELECT COUNT(*) FROM endpoints WHERE project_id = ? AND path = '/ships' AND name = 'List \"ships\"'", target.ID); n != 1 {
		t.Errorf("%d endpoints", n)
	}
	for _, table := range []string{"console_requests", "personal_values", "variables", "audit_events"} {
		if rows := s.rows(t)[table]; strings.Contains(rows, secret) {
			t.Errorf("the token stands in %s", table)
		}
	}
}
