package views

import "tessera/models"

// AdminFindPath is where a token is looked for by its secret.
const AdminFindPath = AdminTokensPath + "/find"

// AdminFind is what was found: one token by its whole secret, which no page repeats, or those
// whose secrets end with four characters.
type AdminFind struct {
	Found    *models.AdminToken
	Days     []models.OutcomeDay // of what was found, the last 7 in UTC
	LastFour string
	Tokens   []models.AdminToken
	Errors   Errors
}
