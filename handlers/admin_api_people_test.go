package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestPeopleByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		all, next := readPage[[]personAnswer](p, "GET", "/v1/admin/people?limit=1", "")
		rest, end := readPage[[]personAnswer](p, "GET", "/v1/admin/people?limit=1&cursor="+next, "")
		if len(all) != 1 || len(rest) != 1 || all[0].ID == rest[0].ID || end != "" {
			t.Errorf("%+v, then %+v and %q", all, rest, end)
		}
		one := "/v1/admin/people/" + decimal(p.person.ID)
		if x := read[personAnswer](p, "GET", one, ""); x.Email != p.person.Email || x.LiveTokens != 1 || x.DisabledAt != nil {
			t.Errorf("the person: %+v", x)
		}
		if x := read[personAnswer](p, "POST", one+"/disable", ""); x.DisabledAt == nil {
			t.Errorf("disabled: %+v", x)
		}
		a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "user_disabled")
		if found := read[[]personAnswer](p, "GET", "/v1/admin/people?status=disabled&q="+url.QueryEscape(p.person.Email[:5]), ""); len(found) != 1 || found[0].ID != p.person.ID {
			t.Errorf("found %+v", found)
		}
		if x := read[personAnswer](p, "POST", one+"/enable", ""); x.DisabledAt != nil {
			t.Errorf("enabled: %+v", x)
		}
		p.refused("POST", "/v1/admin/people/"+decimal(p.admin.ID)+"/disable", "", "user:disable_self")
		stays := modeltest.MustUser(t, a.store, administrates)
		if _, err := a.store.SaveRundown(t.Context(), models.Actor{Kind: "user", User: stays}, p.admin.ID, models.RundownForm{LastDay: "2026-12-20"}); err != nil {
			t.Fatal(err)
		}
		p.refused("POST", "/v1/admin/people/"+decimal(stays.ID)+"/disable", "", "user:disable_last")
		p.refused("GET", "/v1/admin/people?status=x&sort=age", "", "status:value_unknown", "sort:value_unknown")
		p.refused("GET", "/v1/admin/people?q=tsr%5Fpat_12345", "", "q:filter_secret")
		p.refused("GET", "/v1/admin/people?cursor=x", "", "cursor:cursor_unusable")
	})
}
