package views

import "tessera/models"

// AdminFindPath is where a token is looked for by its secret.
const AdminFindPath = AdminTokensPath + "/find"

// AdminFind is what was found: one token by its whole secret, which no page repeats, or those
// whose secrets end with four characters.
type AdminFind struct {
	Found    *models.AdminToken
	LastFour string
	Tokens   []models.AdminToken
	Errors   Errors
}
