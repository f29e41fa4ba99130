package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

// world is a project in a team with everybody around it.
type world struct {
	site    *site
	people  map[string]*models.User
	tokens  map[string]string // secrets, by role
	extra   *models.User      // another member
	team    *models.Team
	project *models.Project
	ids     map[string]string // what :id stands for, by the part of the path before it
	secret  string            // of an invitation
}

func newWorld(t *testing.T, s *site) *world {
	t.Helper()
	w := &world{site: s, people: map[string]*models.User{}, tokens: map[string]string{}}
	for _, role := range roles {
		if role == "nobody" {
			continue
		}
		u := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Name = role })
		w.people[role] = u
		_, w.tokens[role] = s.token(t, u, "ci")
	}
	w.extra = modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Name = "Extra" })
	w.renew(t)
	return w
}

func (w *world) actor(role string) models.Actor {
	return models.Actor{Kind: "user", User: w.people[role]}
}

// join brings somebody into the team by an invitation, as is the only way.
func (w *world) join(t *testing.T, u *models.User, role models.Role) {
	t.Helper()
	secret, err := w.site.store.Invite(t.Context(), w.actor("owner"), w.team.ID, role)
	if err == nil {
		_, err = w.site.store.Join(t.Context(), models.Actor{Kind: "user", User: u}, secret)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const worldDescription = `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.example"}],
"paths":{"/pets":{"get":{"operationId":"listPets","tags":["pets"],"responses":{"200":{"description":"OK","content":
{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}}}}}},"components":{"schemas":{"Pet":{"type":"object"}}}}`

// renew makes another team with a project that has one of everything.
func (w *world) renew(t *testing.T) {
	t.Helper()
	ctx, store, owner := t.Context(), w.site.store, w.actor("owner")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.team, err = store.CreateTeam(ctx, owner, owner.User, "Harbor")
	must(err)
	w.join(t, w.extra, models.TeamMember)
	w.project, err = store.CreateProject(ctx, owner, models.NewProject{Name: "Pets", TeamID: w.team.ID})
	must(err)
	for _, role := range roles[1:] {
		team, given, has := strings.Cut(role, ", ")
		if team == "stranger" || team == "nobody" {
			continue
		}
		w.join(t, w.people[role], models.Role(team))
		if has {
			must(store.SetProjectRole(ctx, owner, w.project.ID, w.people[role].ID, models.Role(given)))
		}
	}
	d, err := openapi.Parse([]byte(worldDescription))
	must(err)
	options := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting}
	for range 2 { // the second one keeps a revision
		_, err = store.Import(ctx, owner, w.project.ID, d, nil, options)
		must(err)
	}
	e, err := store.SaveEnvironment(ctx, owner, w.project.ID, 0, models.EnvironmentForm{Name: "Local", BaseURL: "https://pets.example"})
	must(err)
	w.secret, err = store.Invite(ctx, owner, w.team.ID, models.TeamGuest)
	must(err)
	number := func(query string, arg any) string {
		if !strings.HasPrefix(w.site.driver, "sqlite") {
			query = strings.ReplaceAll(query, "?", "$1")
		}
		return strconv.Itoa(w.site.count(t, query, arg))
	}
	w.ids = map[string]string{
		"environments": strconv.FormatInt(e.ID, 10),
		"endpoints":    number("SELECT id FROM endpoints WHERE project_id = ?", w.project.ID),
		"schemas":      number("SELECT id FROM schemas WHERE project_id = ?", w.project.ID),
		"folders":      number("SELECT COALESCE(MAX(id), 0) FROM folders WHERE project_id = ?", w.project.ID),
		"revisions":    number("SELECT MAX(id) FROM revisions WHERE project_id = ?", w.project.ID),
		"invitations":  number("SELECT id FROM invitations WHERE team_id = ?", w.team.ID),
		"members":      strconv.FormatInt(w.extra.ID, 10),
	}
}

// fill puts what there is in place of the parameters of a route or of a body.
func (w *world) fill(path string) string {
	path = strings.NewReplacer(":project", fmt.Sprint(w.project.ID), ":draft", "none", ":team", fmt.Sprint(w.team.ID),
		":extra", fmt.Sprint(w.extra.ID), ":secret", w.secret).Replace(path)
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") && i > 0 && w.ids[parts[i-1]] != "" {
			parts[i] = w.ids[parts[i-1]]
		}
	}
	return strings.Join(parts, "/")
}

func (w *world) ask(t *testing.T, name string, row roleRow, role string) *answer {
	t.Helper()
	method, route, _ := strings.Cut(name, " ")
	path := w.fill(route)
	if strings.Contains(path, ":") {
		t.Fatalf("%s: nothing to put into %s", name, path)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(w.fill(row.body)))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", formType)
	}
	b := w.site.newBrowser(t)
	switch {
	case row.api:
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Apidog-Api-Version", "2024-03-28")
		if role != "nobody" {
			b = b.with("Authorization", "Bearer "+w.tokens[role])
		}
	case role != "nobody":
		b = w.site.enter(t, w.people[role])
	}
	return b.do(r)
}
