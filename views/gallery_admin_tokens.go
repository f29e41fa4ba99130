package views

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminTokenListStates() []State {
	return slices.Concat(adminListStates(), adminTokenStates(), adminTokenActStates(), adminFindStates(), adminActStates(), adminJobStates())
}

func adminListStates() []State {
	state := func(name string, change func(Page, *AdminTokenList)) State {
		return adminState("AdminTokensPage", name, func(p Page) templ.Component {
			l := AdminTokenList{
				AdminPage: models.AdminPage{Tokens: galleryAdminTokens(p), Sort: "created", Sorts: []string{"created", "name", "expires", "used"}},
				Count:     models.Count{N: 9},
			}
			change(p, &l)
			p.Path = AdminTokensURL(l.Query)
			return AdminTokensPage(p, l)
		})
	}
	return []State{
		state("plain", func(Page, *AdminTokenList) {}),
		state("empty", func(_ Page, l *AdminTokenList) { l.Tokens, l.Count = nil, models.Count{} }),
		state("many, filtered", func(_ Page, l *AdminTokenList) {
			l.Query.AdminFilter = models.AdminFilter{Never: true, Age: 365, Status: "live"}
			l.Query.Sort, l.Query.Asc, l.Sort, l.Asc = "created", true, "created", true
			l.Count = models.Count{N: 12408, About: true}
			l.Query.After, l.Before, l.AdminPage.After = "bWlk", "bmV3", "b2xk"
		}),
		state("every filter, last page", func(_ Page, l *AdminTokenList) {
			l.Query = models.AdminQuery{Last: true, AdminFilter: models.AdminFilter{
				Owner: "jonas@harbor.example", UserID: 7, Text: "ci", Status: "expiring", Age: 1, Remaining: 30, Unused: 90,
				AfterDeath: 7, Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Administration: true,
			}}
			l.Count, l.Before, l.Tokens = models.Count{N: 1000, More: true}, "bmV3", l.Tokens[:2]
		}),
		state("filtered, none", func(_ Page, l *AdminTokenList) {
			l.Query.AdminFilter = models.AdminFilter{Text: "laptop & <co>", Unused: 400}
			l.Tokens, l.Count, l.Sort, l.Sorts = nil, models.Count{}, "name", append(l.Sorts, "unused")
		}),
		state("bounded search", func(_ Page, l *AdminTokenList) {
			l.Query.AdminFilter = models.AdminFilter{Address: "192.0.2.99", Never: true}
			l.Query.Sort, l.Sort, l.Tokens = "used", "used", l.Tokens[:3]
			l.Count, l.Scanned, l.Continue = models.Count{N: 3, AtLeast: true}, 5000, "b2xk"
		}),
		state("bounded search, none so far", func(_ Page, l *AdminTokenList) {
			l.Query.AdminFilter = models.AdminFilter{Owner: "nobody@harbor.example", Administration: true}
			l.Tokens, l.Count, l.Scanned, l.Continue = nil, models.Count{AtLeast: true}, 5000, "b2xk"
		}),
		state("refused", func(_ Page, l *AdminTokenList) {
			l.Typed = url.Values{"unused": {"soon"}, "age": {"0"}, "status": {"odd"}}
			l.Errors = Errors{
				{Field: "unused", Code: "filter_days", Params: map[string]any{"max": 3650}}, {Field: "age", Code: "filter_days", Params: map[string]any{"max": 3650}},
				{Field: "status", Code: "filter_status"},
			}
		}),
		state("a secret refused", func(_ Page, l *AdminTokenList) {
			l.Typed, l.Errors = url.Values{}, Errors{{Field: "q", Code: "filter_secret"}}
		}),
		state("long names", func(_ Page, l *AdminTokenList) {
			for i, name := range []string{longWords, wideWords, strings.Repeat("W", models.MaxName)} {
				l.Tokens[i].Name, l.Tokens[i].OwnerName, l.Tokens[i].OwnerEmail = name, name, longEmail
				l.Tokens[i].LastUsedClient = strings.Repeat("x", 64)
			}
		}),
	}
}

// galleryAdminTokens are one token of each kind, of several people.
func galleryAdminTokens(p Page) []models.AdminToken {
	owners := []string{"Mika Sato", "Jonas Weber", "Harbor Ops", "Priya Raman", "Łukasz Nowak", "Aiko Yamamoto", "佐藤 美佳"}
	var out []models.AdminToken
	for i, t := range galleryTokens(p) {
		t.UserID = int64(1 + i%len(owners))
		name := owners[i%len(owners)]
		out = append(out, models.AdminToken{
			Token: t, OwnerName: name, OwnerEmail: "person" + Number(t.UserID) + "@harbor.example",
			OwnerDisabled: i == 3, Requests30: []int64{604812, 98220, 12407, 0, 40318, 0, 1204, 22, 5012}[i%9],
		})
	}
	out[2].Administration = true
	return out
}
