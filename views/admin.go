package views

// AdminPath is the address of the administration's overview; its other pages lie below.
const AdminPath = "/admin"

// AdminMeta is what a page of the administration says about itself.
type AdminMeta struct {
	Title  string // without "Administration" and the product's name
	Nav    string // "overview", "tokens", "people", "audit", "policy" or "jobs"
	Narrow bool   // a form, or a page to read
	Failed bool   // as in Meta
}

func adminNav(p Page) []navEntry {
	return []navEntry{
		{"overview", "chart", p.T("admin.overview"), AdminPath},
		{"tokens", "key", p.T("admin.tokens"), AdminPath + "/tokens"},
		{"people", "users", p.T("admin.people"), AdminPath + "/people"},
		{"audit", "list", p.T("admin.audit"), AdminPath + "/audit"},
		{"policy", "shield", p.T("admin.policy"), AdminPath + "/policy"},
		{"jobs", "jobs", p.T("admin.jobs"), AdminPath + "/jobs"},
	}
}
