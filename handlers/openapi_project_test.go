package handlers

import (
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/views"
)

func init() { guards["POST /projects/openapi"] = postPlain }

func TestAddOpenAPIProject(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.enter(t, u)
		answer := b.post("/projects/openapi").want(303)
		api := b.get(answer.Header.Get("Location")).want(200)
		if !strings.Contains(api.text(".notice-ok"), "Environment Management") || !strings.Contains(api.text("main"), "Tessera API") {
			t.Errorf("%s", api.text("main"))
		}
		e, variables := s.openAPIEnvironment(t, u)
		if e.BaseURL != "https://tokens.example" || len(variables) != 2 || variables[0].Personal != nil {
			t.Errorf("%+v %+v", e, variables)
		}
	})
}

// openAPIEnvironment is the environment of u's newest OpenAPI project.
func (s *site) openAPIEnvironment(t *testing.T, u *models.User) (models.Environment, []models.MyVariable) {
	t.Helper()
	projects, err := s.store.Projects(t.Context(), u, models.ProjectQuery{Search: "OpenAPI"}, 10)
	if err != nil || len(projects) == 0 {
		t.Fatalf("%d projects, %v", len(projects), err)
	}
	environments, err := s.store.Environments(t.Context(), &projects[len(projects)-1].Project)
	if err != nil || len(environments) != 1 {
		t.Fatalf("%d environments, %v", len(environments), err)
	}
	variables, err := s.store.Variables(t.Context(), u, &environments[0])
	if err != nil {
		t.Fatal(err)
	}
	return environments[0], variables
}

// The secret of a new token goes into the project without passing through a form.
func TestAddOpenAPIProjectWithToken(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	page := b.post(views.TokensPath, "name", "ci", "validity", "30", "nonce", b.get(views.TokensPath+"/new").value("[name=nonce]")).want(303).Header.Get("Location")
	created := b.get(page)
	secret := created.find("#secret").Text()
	form := created.find("form[action='/projects/openapi']")
	if html, _ := form.Html(); strings.Contains(html, secret) {
		t.Error("the secret is in the form")
	}
	id := form.Find("[name=token]").AttrOr("value", "")
	other := s.enter(t, modeltest.MustUser(t, s.store))
	other.post("/projects/openapi", "token", id, "with_token", "1").want(404)

	b.post("/projects/openapi", "token", id, "with_token", "1").want(303)
	_, variables := s.openAPIEnvironment(t, u)
	values, err := s.store.Values(u, variables)
	if err != nil || values[models.TokenVariable].Text != secret || values[models.TokenVariable].Origin != "https://tokens.example" {
		t.Errorf("the value is not the secret: %v", err)
	}
	if variables[0].Personal == nil || variables[0].Personal.LastFour != secret[len(secret)-4:] {
		t.Errorf("%+v", variables[0])
	}
	b.get("/projects").want(200) // leaves the page that shows the secret
	answer := b.post("/projects/openapi", "token", id, "with_token", "1").want(303)
	if late := b.get(answer.Header.Get("Location")); !strings.Contains(late.text("main .notice-warn"), "no longer") {
		t.Errorf("%s", late.text("main"))
	}
}
