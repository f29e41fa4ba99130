package models_test

import (
	"fmt"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestConsoleHistory(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Harbor"}))(t)
		endpoint := int64(7)
		record := func(u *models.User, status int64) {
			ok(t, s.RecordConsole(t.Context(), &models.ConsoleRequest{
				ProjectID: p.ID, EndpointID: &endpoint, UserID: u.ID, Method: "get", URL: "https://a.test/", Form: map[string]string{"query q": "x"}, Status: status,
			}))
		}
		record(u, 200)
		clock.Advance(time.Hour)
		record(u, 404)
		record(other, 500)
		list := must(s.ConsoleHistory(t.Context(), u, p, endpoint, 10))(t)
		if len(list) != 2 || list[0].Status != 404 || list[0].Form["query q"] != "x" {
			t.Errorf("%+v", list)
		}
		_, err := s.ConsoleRequest(t.Context(), other, p, endpoint, list[0].ID)
		wantError(t, err, models.ErrNotFound)
		clock.Advance(models.KeepConsole - time.Hour)
		ok(t, s.Cleanup(t.Context()))
		if n := count(t, s, "SELECT count(*) FROM console_requests"); n != 2 {
			t.Errorf("%d rows after 30 days", n)
		}
	})
}

func TestExpand(t *testing.T) {
	values := map[string]string{"a": "1", "b": "{{a}}"}
	for text, want := range map[string]string{
		"":                        " []",
		"{{a}} and {{ b }}":       "1 and {{a}} []",
		"{{a}{{a}}":               "{{a}1 []",
		"{{none}} {{none}} {{x}}": "{{none}} {{none}} {{x}} [none x]",
		"{{a b}} {a} {{}}":        "{{a b}} {a} {{}} []",
	} {
		got, missing := models.Expand(text, func(name string) (string, bool) { v, ok := values[name]; return v, ok })
		if s := fmt.Sprint(got, " ", missing); s != want {
			t.Errorf("%q becomes %q", text, s)
		}
	}
}

func TestVariablesTradeNames(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Harbor"}))(t)
		one, two := "1", "2"
		f := models.EnvironmentForm{Name: "E", BaseURL: "https://a.test", Variables: []models.VariableForm{{Name: "a", Shared: &one}, {Name: "b", Shared: &two}}}
		e := must(s.SaveEnvironment(t.Context(), by(u), p.ID, 0, f))(t)
		list := must(s.Variables(t.Context(), u, e))(t)
		f.Variables = []models.VariableForm{{ID: list[0].ID, Name: "b"}, {ID: list[1].ID, Name: "a"}}
		must(s.SaveEnvironment(t.Context(), by(u), p.ID, e.ID, f))(t)
		values := must(s.Values(u, must(s.Variables(t.Context(), u, e))(t)))(t)
		if values["b"].Text != "1" || values["a"].Text != "2" {
			t.Errorf("%v", values)
		}
	})
}
