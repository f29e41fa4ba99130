package modeltest

import "tessera/models"

// NamedFilter is a filter of the administrators' list with a name for reports.
type NamedFilter struct {
	Name string
	models.AdminFilter
}

// FilterValues are what a database has that filters can ask for.
type FilterValues struct {
	Owner   string // e-mail address of somebody who has tokens
	Text    string // how some names begin
	Last    string // the last four characters of a secret
	Address string // from where tokens are used
}

// AdminFilters are none, and each filter alone.
func AdminFilters(v FilterValues) []NamedFilter {
	out := []NamedFilter{
		{"all", models.AdminFilter{}},
		{"owner", models.AdminFilter{Owner: v.Owner}},
		{"text", models.AdminFilter{Text: v.Text}},
		{"last four", models.AdminFilter{Text: v.Last}},
		{"age", models.AdminFilter{Age: 365}},
		{"remaining", models.AdminFilter{Remaining: 30}},
		{"unused", models.AdminFilter{Unused: 90}},
		{"never", models.AdminFilter{Never: true}},
		{"after death", models.AdminFilter{AfterDeath: 7}},
		{"address", models.AdminFilter{Address: v.Address}},
		{"administration", models.AdminFilter{Administration: true}},
	}
	for _, status := range models.AdminStatuses {
		out = append(out, NamedFilter{status, models.AdminFilter{Status: status}})
	}
	return out
}

// AdminPairs are the pairs of filters that must be answered as quickly as one alone.
func AdminPairs(v FilterValues) []NamedFilter {
	return []NamedFilter{
		{"never, unused", models.AdminFilter{Never: true, Unused: 90}},
		{"never, old", models.AdminFilter{Never: true, Age: 365}},
		{"live, old", models.AdminFilter{Status: "live", Age: 365}},
		{"paused, tried", models.AdminFilter{Status: "paused", AfterDeath: 7}},
		{"unused, old", models.AdminFilter{Unused: 90, Age: 365}},
		{"owner, live", models.AdminFilter{Owner: v.Owner, Status: "live"}},
		{"owner, unused", models.AdminFilter{Owner: v.Owner, Unused: 90}},
		{"text, live", models.AdminFilter{Text: v.Text, Status: "live"}},
		{"address, live", models.AdminFilter{Address: v.Address, Status: "live"}},
		{"after death, revoked", models.AdminFilter{AfterDeath: 7, Status: "revoked"}},
	}
}
