package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
	"tessera/models/outbound"
)

func init() {
	base := "/projects/:project/environments"
	addRoleRows(map[string]roleRow{
		"GET " + base:                  viewers(200),
		"GET " + base + "/new":         editors(200),
		"POST " + base + "/new":        editors(422),
		"POST " + base + "/choose":     viewers(400),
		"GET " + base + "/:id":         viewers(200),
		"POST " + base + "/:id":        editors(422),
		"POST " + base + "/:id/values": viewers(303),
		"POST " + base + "/:id/repin":  viewers(303),
		"GET " + base + "/:id/delete":  editors(200),
		"POST " + base + "/:id/delete": editors(303),
	})
	operation := "/projects/:project/api/endpoints/:id"
	addRoleRows(map[string]roleRow{
		"GET " + operation + "/send":             viewers(200),
		"POST " + operation + "/send":            viewers(200),
		"GET " + operation + "/history":          viewers(200),
		"GET /projects/:project/answers/:answer": viewers(404).after(func(_ *testing.T, w *world) { w.ids["answers"] = "none" }),
	})
}

// consoleSite is a person with a project of one's own description, and a browser.
type consoleSite struct {
	*site
	user    *models.User
	browser *browser
	project *models.Project
}

func newConsoleSite(t *testing.T, description string, change ...func(*Config)) *consoleSite {
	t.Helper()
	s := newSite(t, change...)
	u := modeltest.MustUser(t, s.store)
	p, err := s.store.CreateProject(t.Context(), models.Actor{Kind: "user", User: u}, models.NewProject{Name: "Harbor"})
	if err != nil {
		t.Fatal(err)
	}
	c := &consoleSite{site: s, user: u, browser: s.enter(t, u), project: p}
	c.importText(t, description)
	return c
}

func (c *consoleSite) actor() models.Actor { return models.Actor{Kind: "user", User: c.user} }

func (c *consoleSite) importText(t *testing.T, description string) {
	t.Helper()
	d, err := openapi.Parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	options := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting}
	if _, err := c.store.Import(t.Context(), c.actor(), c.project.ID, d, nil, options); err != nil {
		t.Fatal(err)
	}
}

func (c *consoleSite) path(below string) string {
	return "/projects/" + strconv.FormatInt(c.project.ID, 10) + below
}

// send is the address of the console of an operation.
func (c *consoleSite) send(t *testing.T, method, path string) string {
	t.Helper()
	id := c.count(t, "SELECT id FROM endpoints WHERE project_id = ? AND method = ? AND path = ?", c.project.ID, method, path)
	return c.path("/api/endpoints/" + strconv.Itoa(id) + "/send")
}

// environment makes one by the form, and returns its address. Variables are names and shared values.
func (c *consoleSite) environment(t *testing.T, baseURL string, variables ...string) string {
	t.Helper()
	fields := []string{"name", "Env " + baseURL[len(baseURL)-min(len(baseURL), 20):], "base_url", baseURL}
	for i := 0; i < len(variables); i += 2 {
		n := strconv.Itoa(i / 2)
		name, secret := strings.CutSuffix(variables[i], "!")
		fields = append(fields, "id-"+n, "0", "variable-"+n, name, "shared-"+n, variables[i+1])
		if secret {
			fields = append(fields, "secret-"+n, "1")
		}
	}
	return c.browser.post(c.path("/environments/new"), fields...).want(http.StatusSeeOther).Header.Get("Location")
}

// own gives a variable a personal value by the form.
func (c *consoleSite) own(t *testing.T, b *browser, environment, name, value string) {
	t.Helper()
	id := c.count(t, "SELECT id FROM variables WHERE name = ? AND environment_id = ?", name, environment[strings.LastIndexByte(environment, '/')+1:])
	b.post(environment+"/values", "value-"+strconv.Itoa(id), value, "origin", shownOrigin(b, environment)).to(environment)
}

// shownOrigin is the one that the form of own values names.
func shownOrigin(b *browser, environment string) string {
	return b.get(environment).value("form[action$='/values'] [name=origin]")
}

func reaching(allow ...string) func(*Config) {
	return func(cfg *Config) {
		var r outbound.Rules
		for _, a := range allow {
			if err := r.Add(a); err != nil {
				panic(err)
			}
		}
		cfg.Outbound = outbound.New(outbound.Config{Rules: r, BaseURL: cfg.BaseURL})
	}
}

const smallDescription = `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/things":{"get":{"responses":{}}}}}`

func TestEnvironmentForm(t *testing.T) {
	c := newConsoleSite(t, smallDescription)
	b := c.browser
	if a := b.get(c.path("/environments")); !strings.Contains(a.body, "No environments yet") {
		t.Error(a.excerpt())
	}
	// More rows come without a word lost, and nothing is stored.
	a := b.post(c.path("/environments/new"), "name", "Staging", "base_url", "https://a.test", "id-0", "0", "variable-0", "token", "shared-0", "x", "secret-0", "1", "add", "1").want(200)
	if a.value("#variable-0") != "token" || a.count("fieldset.variable") != 4 || c.count(t, "SELECT COUNT(*) FROM environments") != 0 {
		t.Errorf("add rows: %d rows", a.count("fieldset.variable"))
	}
	b.post(c.path("/environments/new"), "name", " ", "base_url", "ftp://a.test", "id-0", "0", "variable-0", "a b", "shared-0", "").refused("name", "base_url", "variable-0")
	b.post(c.path("/environments/new"), "name", "S", "base_url", "", "id-0", "0", "variable-0", "", "shared-0", "", "id-1", "0", "variable-1", "x", "shared-1", "",
		"id-2", "0", "variable-2", "x", "shared-2", "").refused("variable-2")
	b.post(c.path("/environments/new"), "name", "S", "base_url", "", "id-0", "zero", "variable-0", "x", "shared-0", "").want(400)

	e := c.environment(t, "https://api.test/v2/", "token!", "sekrit-value-1234", "projectId", "1000001")
	a = b.get(e)
	if a.value("#base_url") != "https://api.test/v2" || a.value("#shared-0") != "" || a.find("#shared-0").AttrOr("placeholder", "") != "Stored, ends in 1234" || a.value("#shared-1") != "1000001" {
		t.Errorf("the form shows %q %q", a.value("#base_url"), a.value("#shared-0"))
	}
	if strings.Contains(a.body, "sekrit") {
		t.Error("a shared secret is on the page")
	}
	id := func(name string) string {
		return strconv.Itoa(c.count(t, "SELECT id FROM variables WHERE name = ?", name))
	}
	// An empty secret stays; another name keeps it; a removed row goes.
	b.post(e, "name", "Api", "base_url", "https://api.test", "id-0", id("token"), "variable-0", "access_token", "shared-0", "", "secret-0", "1",
		"id-1", id("projectId"), "variable-1", "projectId", "shared-1", "7", "remove-1", "1").to(e)
	if a = b.get(e); a.find("#shared-0").AttrOr("placeholder", "") != "Stored, ends in 1234" || a.value("#variable-0") != "access_token" || strings.Contains(a.body, "projectId") {
		t.Errorf("after an edit: %q %q %v", a.find("#shared-0").AttrOr("placeholder", ""), a.value("#variable-0"), strings.Contains(a.body, "projectId"))
	}
	b.get(e + "/delete").want(200)
	b.post(e + "/delete").to(c.path("/environments"))
	b.get(e).want(404)
}

func TestPersonalValuesAreOnesOwn(t *testing.T) {
	c := newConsoleSite(t, smallDescription)
	e := c.environment(t, "https://api.test", "token!", "", "plain", "shared-text")
	c.own(t, c.browser, e, "token", "mine-1234567890-wxyz")
	c.own(t, c.browser, e, "plain", "mine-alone")
	a := c.browser.get(e)
	if strings.Contains(a.body, "mine-1234567890") || !strings.Contains(a.body, "Stored, ends in wxyz") || !strings.Contains(a.body, "An encrypted copy is kept") || !strings.Contains(a.body, "mine-alone") {
		t.Error(a.excerpt())
	}
	for table, rows := range c.rows(t) {
		if strings.Contains(rows, "mine-1234567890") {
			t.Errorf("a secret stands in %s", table)
		}
	}
	mate := modeltest.MustUser(t, c.store)
	team := c.project.TeamID
	secret, err := c.store.Invite(t.Context(), c.actor(), team, models.TeamMember)
	if err == nil {
		_, err = c.store.Join(t.Context(), models.Actor{Kind: "user", User: mate}, secret)
	}
	if err != nil {
		t.Fatal(err)
	}
	other := c.enter(t, mate)
	if a := other.get(e).want(200); strings.Contains(a.body, "wxyz") || strings.Contains(a.body, "mine-alone") {
		t.Error("another member sees a personal value")
	}
	// The other's empty form takes nothing away.
	c.own(t, other, e, "token", "")
	if a := c.browser.get(e); !strings.Contains(a.body, "Stored, ends in wxyz") {
		t.Error("gone")
	}
	id := strconv.Itoa(c.count(t, "SELECT id FROM variables WHERE name = 'token'"))
	c.browser.post(e+"/values", "value-"+id, "", "forget-value-"+id, "1").to(e)
	if n := c.count(t, "SELECT COUNT(*) FROM personal_values WHERE variable_id = ?", id); n != 0 {
		t.Errorf("%d left", n)
	}
	c.browser.post(e+"/values", "value-"+id, strings.Repeat("x", 9000)).refused("value-" + id)
}

func TestChooseEnvironment(t *testing.T) {
	c := newConsoleSite(t, smallDescription)
	first, second := c.environment(t, "https://one.test"), c.environment(t, "https://two.test")
	id := func(e string) string { return e[strings.LastIndexByte(e, '/')+1:] }
	if a := c.browser.get(first); !strings.Contains(a.text(".envname"), "one.test") {
		t.Errorf("at first %s", a.text(".envname"))
	}
	c.browser.post(c.path("/environments/choose"), "environment", id(second), "next", second).to(second)
	if a := c.browser.get(first); !strings.Contains(a.text(".envname"), "two.test") {
		t.Errorf("then %s", a.text(".envname"))
	}
	c.browser.post(c.path("/environments/choose"), "environment", id(first), "next", "//evil.test/").to("/settings/tokens")
	c.browser.post(c.path("/environments/choose"), "environment", "99999").want(404)
}
