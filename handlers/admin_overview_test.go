package handlers

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin": adminPage(200),
	})
}
