package models_test

import (
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/openapi"
)

// pinned is an environment "Live" that leads to pets.example by a variable, with two shared secrets.
type pinned struct {
	*content
	id   int64
	form models.EnvironmentForm // keeps all of it
}

func newPinned(c *content) *pinned {
	host, key, pass := "pets.example", "key-is-a-secret", "pass-is-a-secret"
	p := &pinned{content: c, form: models.EnvironmentForm{Name: "Live", BaseURL: "https://{{host}}", Variables: []models.VariableForm{
		{Name: "host", Shared: &host}, {Name: "key", Secret: true, Shared: &key}, {Name: "pass", Secret: true, Shared: &pass}}}}
	e := p.save()
	p.id = e.ID
	for i, v := range must(c.s.Variables(c.t.Context(), c.owner, e))(c.t) {
		p.form.Variables[i].ID, p.form.Variables[i].Shared = v.ID, nil
	}
	return p
}

func (p *pinned) save() *models.Environment {
	p.t.Helper()
	return must(p.s.SaveEnvironment(p.t.Context(), by(p.owner), p.project.ID, p.id, p.form))(p.t)
}

// want checks which secrets there are still, and that nothing is left of others.
func (p *pinned) want(secrets ...string) {
	p.t.Helper()
	var got []string
	for _, v := range must(p.s.Variables(p.t.Context(), p.owner, &models.Environment{ID: p.id}))(p.t) {
		if v.Sealed != nil {
			got = append(got, v.Name)
		} else if v.LastFour != "" {
			p.t.Errorf("%s still ends in %s", v.Name, v.LastFour)
		}
	}
	if !slices.Equal(got, secrets) {
		p.t.Errorf("secrets %v, not %v", got, secrets)
	}
}

// told checks how the newest event of the project ends.
func (p *pinned) told(want string) {
	p.t.Helper()
	if all := told(p.t, p.s, p.owner, p.project.ID, 0); !strings.HasSuffix(all[len(all)-1], want) {
		p.t.Errorf("told %q, not %q", all[len(all)-1], want)
	}
}

func TestSharedSecretsStayWithTheirOrigin(t *testing.T) {
	evil, fresh := "evil.example", "fresh-is-a-secret"
	for name, c := range map[string]struct {
		change  func(f *models.EnvironmentForm)
		cleared string
	}{
		"another path":      {func(f *models.EnvironmentForm) { f.BaseURL = "https://pets.example:443/v2" }, ""},
		"another name":      {func(f *models.EnvironmentForm) { f.Variables[1].Name = "token" }, ""},
		"another host":      {func(f *models.EnvironmentForm) { f.BaseURL = "https://evil.example" }, "key, pass"},
		"another scheme":    {func(f *models.EnvironmentForm) { f.BaseURL = "http://{{host}}" }, "key, pass"},
		"no base URL":       {func(f *models.EnvironmentForm) { f.BaseURL = "" }, "key, pass"},
		"a shared variable": {func(f *models.EnvironmentForm) { f.Variables[0].Shared = &evil }, "key, pass"},
		"no variable":       {func(f *models.EnvironmentForm) { f.Variables = f.Variables[1:] }, "key, pass"},
		"one retyped": {func(f *models.EnvironmentForm) {
			f.BaseURL, f.Variables[1].Shared = "https://evil.example", &fresh
		}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			eachContent(t, func(t *testing.T, k *content) {
				p := newPinned(k)
				c.change(&p.form)
				e := p.save()
				if got := strings.Join(e.ClearedSecrets, ", "); got != c.cleared {
					t.Errorf("cleared %q, not %q", got, c.cleared)
				}
				switch c.cleared {
				case "":
					p.want(p.form.Variables[1].Name, "pass")
				case "pass":
					p.want("key")
				default:
					p.want()
				}
				if c.cleared != "" {
					p.told("; secrets_cleared >" + c.cleared)
				}
			})
		})
	}
}

// An import that leads an environment elsewhere takes its shared secrets, and says so before.
func TestImportClearsSharedSecrets(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		p := newPinned(c)
		o := overwrite()
		o.ServersAsEnvironments, o.DryRun = true, true
		document := func(url string) string {
			return `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{},"servers":[{"description":"live","url":"` + url + `"}]}`
		}
		warned := func(url string, want ...openapi.Issue) {
			t.Helper()
			if r := c.load(document(url), o, "environmentUpdated 1"); !slices.Equal(r.Warnings, want) {
				t.Errorf("warnings %+v", r.Warnings)
			}
		}
		cleared := openapi.Issue{Code: "secrets_cleared", Detail: "Live: key, pass"}
		warned("https://evil.example", cleared)
		p.want("key", "pass")
		o.DryRun = false
		warned("https://pets.example/v3")
		p.want("key", "pass")
		warned("https://evil.example", cleared)
		p.want()
		p.told("; secrets_cleared >Live: key, pass")
	})
}

// A variable of a collection doesn't complete the base URL beside a shared secret.
func TestPostmanVariablesClearSharedSecrets(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		p := newPinned(c)
		key := "key-is-a-secret"
		p.form.Name, p.form.BaseURL, p.form.Variables[1].Shared = "Postman", "https://{{where}}", &key
		p.save()
		p.want("key")
		c.postman(`{"info":{"name":"Pets"},"item":[],"variable":[{"key":"where","value":"evil.example"}]}`, models.OverwriteExisting)
		p.want()
	})
}

// A personal secret goes where the person was shown that it goes, or isn't stored.
func TestPersonalSecretsTakeTheShownOrigin(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		p := newPinned(c)
		set := func(row int, value, origin string) error {
			return c.s.SetPersonal(t.Context(), by(c.owner), c.project.ID, p.id, p.form.Variables[row].ID, value, origin)
		}
		p.form.BaseURL = "https://evil.example"
		e := p.save()
		wantError(t, set(1, "mine-is-a-secret", "https://pets.example"), models.ErrConflict)
		wantError(t, set(1, "mine-is-a-secret", ""), models.ErrConflict)
		if v := must(c.s.Variables(t.Context(), c.owner, e))(t)[1]; v.Personal != nil {
			t.Error("stored")
		}
		ok(t, set(0, "not a secret", ""))
		ok(t, set(1, "mine-is-a-secret", "https://evil.example"))
		if got := must(c.s.Values(c.owner, must(c.s.Variables(t.Context(), c.owner, e))(t)))(t)["key"].Origin; got != "https://evil.example" {
			t.Errorf("pinned to %q", got)
		}
		ok(t, set(1, "", "")) // what goes away goes nowhere
	})
}
