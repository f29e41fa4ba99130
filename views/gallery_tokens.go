package views

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func tokenStates() []State {
	return slices.Concat(
		tokenListStates(), newTokenStates(), editTokenStates(), createdTokenStates(), tokenPageStates(), revokeTokenStates(),
	)
}

func tokenListStates() []State {
	state := func(name string, list func(Page) TokenList) State {
		return State{"TokensPage", name, func(p Page) templ.Component {
			p.Path = TokensPath
			return TokensPage(p, list(p))
		}}
	}
	flash := func(name, kind, key string) State {
		return State{"TokensPage", name, func(p Page) templ.Component {
			params := map[string]any{"name": "Terraform", "date": p.Date(p.Now)}
			p.Path, p.Flash = TokensPath, &Flash{Kind: kind, Key: key, Params: params}
			return TokensPage(p, TokenList{Tokens: galleryTokens(p), Counts: galleryCounts()})
		}}
	}
	return []State{
		state("plain", func(p Page) TokenList {
			return TokenList{Tokens: galleryTokens(p), Counts: galleryCounts()}
		}),
		state("no tokens", func(Page) TokenList { return TokenList{Counts: map[string]int{}} }),
		state("no match", func(Page) TokenList {
			return TokenList{
				Counts: map[string]int{"all": 1, "revoked": 1},
				Query:  models.TokenQuery{Filter: "expiring", Search: "laptop & <co>"},
			}
		}),
		state("a secret refused", func(Page) TokenList { return TokenList{Counts: map[string]int{"all": 2, "active": 2}, Secret: true} }),
		state("by name, middle page", func(p Page) TokenList {
			return TokenList{
				Tokens: galleryTokens(p)[:3], Newer: "bmV3", Older: "b2xk",
				Counts: map[string]int{"all": 1001, "active": 1001, "expiring": 1000, "expired": 14, "revoked": 3},
				Query:  models.TokenQuery{Filter: "active", Sort: "name", Asc: true, After: "bWlk"},
			}
		}),
		state("older page", func(p Page) TokenList {
			return TokenList{
				Tokens: galleryTokens(p)[3:], Newer: "bmV3", Counts: map[string]int{"all": 54, "active": 52, "expired": 1, "revoked": 1},
				Query: models.TokenQuery{Filter: "all", Sort: "created", After: "bWlk"},
			}
		}),
		state("long names", func(p Page) TokenList {
			tokens := galleryTokens(p)
			tokens[0].Name, tokens[1].Name, tokens[5].Name = longWords, wideWords, strings.Repeat("W", models.MaxName)
			tokens[1].LastUsedClient = strings.Repeat("x", 64)
			return TokenList{Tokens: tokens, Counts: galleryCounts(), Query: models.TokenQuery{Sort: "used"}}
		}),
		flash("saved", "ok", "flash.token_saved"),
		flash("saved, expires", "ok", "flash.token_saved_expires"),
		flash("saved, never expires", "ok", "flash.token_saved_never"),
		flash("revoked", "ok", "flash.token_revoked"),
		flash("revoked already", "info", "flash.token_revoked_already"),
	}
}

func newTokenStates() []State {
	state := func(name string, change func(Page, *TokenForm)) State {
		return State{"NewTokenPage", name, func(p Page) templ.Component {
			p.Path = TokensPath + "/new"
			f := galleryForm(p)
			change(p, &f)
			return NewTokenPage(p, f)
		}}
	}
	states := []State{
		state("plain", func(Page, *TokenForm) {}),
		state("chosen date", func(p Page, f *TokenForm) {
			f.Name, f.Validity, f.ExpiresOn = "Docs preview build", models.ValidityCustom, "2027-03-31"
			f.Preview = &ExpiryPreview{ExpiresAt: endOf(p, 128)}
		}),
		state("leaving", func(p Page, f *TokenForm) { f.LeavesAt = endOf(p, 18) }),
		adminState("NewTokenPage", "administrator", func(p Page) templ.Component { return NewTokenPage(p, galleryForm(p)) }),
		adminState("NewTokenPage", "administration refused", func(p Page) templ.Component {
			f := galleryForm(p)
			f.Name, f.Administration, f.Errors = "Nightly review", true, Errors{{Field: "administration", Code: "administration_refused"}}
			return NewTokenPage(p, f)
		}),
		state("never expires", func(_ Page, f *TokenForm) { f.Name, f.Validity = wideWords, models.ValidityNever }),
		state("policy", underPolicy),
		state("policy, refused", func(p Page, f *TokenForm) {
			underPolicy(p, f)
			f.Name, f.Validity, f.ExpiresOn = "Docs preview build", models.ValidityCustom, "2027-11-01"
			f.Errors = Errors{{Field: "expires_on", Code: "policy_lifetime", Params: map[string]any{"max": 60, "last": galleryLastDay}}}
		}),
		state("refused", func(_ Page, f *TokenForm) {
			all := tokenErrors()
			f.Validity, f.ExpiresOn, f.Errors = models.ValidityCustom, "2026-03-01", Errors{all[0], all[len(all)-2]}
		}),
	}
	for _, e := range tokenErrors() {
		states = append(states, state(strings.ReplaceAll(e.Code, "_", " "), func(_ Page, f *TokenForm) {
			f.Name, f.Errors = longWords, Errors{e}
			if e.Field == "expires_on" {
				f.Validity = models.ValidityCustom
			}
		}))
	}
	return states
}

func editTokenStates() []State {
	state := func(name string, token func(Page, *models.Token), change func(Page, *TokenEdit)) State {
		return State{"EditTokenPage", name, func(p Page) templ.Component {
			e := galleryEdit(p, token)
			change(p, &e)
			p.Path = tokenPath(&e.Token, "/edit")
			return EditTokenPage(p, e)
		}}
	}
	same := func(Page, *TokenEdit) {}
	plain := func(Page, *models.Token) {}
	return []State{
		state("plain", plain, same),
		state("never expires", endlessToken, same),
		state("expired", expiredToken, same),
		state("revoked", revokedToken, same),
		state("long name", wideToken, same),
		state("policy", plain, func(p Page, e *TokenEdit) {
			underPolicy(p, &e.Form)
			e.Form.TokenID, e.Form.Validity = e.Token.PublicID, models.ValidityKeep
		}),
		state("refused", longToken, func(_ Page, e *TokenEdit) {
			all := tokenErrors()
			e.Form.Name, e.Form.Validity, e.Form.ExpiresOn = " ", models.ValidityCustom, "2040-01-01"
			e.Form.Errors = Errors{all[1], all[len(all)-1]}
		}),
		state("conflict", plain, func(_ Page, e *TokenEdit) {
			e.Conflict, e.Form.Name, e.Form.Validity = true, "Deploy, nightly", "365"
		}),
		state("conflict, long names", longToken, func(p Page, e *TokenEdit) {
			e.Conflict, e.Form.Name, e.Form.Validity, e.Form.ExpiresOn = true, wideWords, models.ValidityCustom, "2027-03-31"
			e.Form.Preview = &ExpiryPreview{ExpiresAt: endOf(p, 128)}
		}),
		state("conflict, revoked", revokedToken, func(_ Page, e *TokenEdit) {
			e.Conflict, e.Form.Name = true, "Old laptop, in the cellar"
		}),
	}
}

func createdTokenStates() []State {
	state := func(name, secret string, wait time.Duration, changes ...func(Page, *models.Token)) State {
		return State{"CreatedTokenPage", name, func(p Page) templ.Component {
			t := galleryToken(p, changes...)
			p.Path = tokenPath(&t, "/created")
			return CreatedTokenPage(p, CreatedToken{Token: t, Secret: secret, WaitUntil: p.Now.Add(wait)})
		}}
	}
	justUsed := func(client string) func(Page, *models.Token) {
		return func(p Page, t *models.Token) { t.FirstUsedAt, t.FirstUsedClient = ago(p, time.Second), client }
	}
	const wait = models.RevealLife
	return []State{
		state("plain", gallerySecret, wait, unusedToken),
		state("never expires", gallerySecret, wait, unusedToken, endlessToken),
		state("used", gallerySecret, wait, justUsed("curl 8.10.1")),
		state("used by an unknown client", gallerySecret, wait, justUsed("")),
		state("waited long enough", gallerySecret, 0, unusedToken),
		state("long name", gallerySecret, wait, unusedToken, wideToken),
		state("secret gone", "", 0, unusedToken),
		state("secret gone, long name", "", 0, longToken),
	}
}

// detailState is a page about everything that is known of a token.
func detailState(page string, render func(Page, TokenDetail) templ.Component, name string, token func(Page, *models.Token), changes ...func(Page, *TokenDetail)) State {
	return State{page, name, func(p Page) templ.Component {
		d := galleryDetail(p, token)
		for _, change := range changes {
			change(p, &d)
		}
		p.Path = tokenPath(&d.Token, "")
		return render(p, d)
	}}
}

func tokenPageStates() []State {
	state := func(name string, token func(Page, *models.Token), changes ...func(Page, *TokenDetail)) State {
		return detailState("TokenPage", TokenPage, name, token, changes...)
	}
	return []State{
		state("plain", func(Page, *models.Token) {}),
		state("more history", endlessToken, func(_ Page, d *TokenDetail) { d.Newer, d.Older = 12, 3 }),
		state("never used", unusedToken),
		state("paused", pausedToken, deadCalls),
		state("to be revoked, administers", scheduledToken, func(_ Page, d *TokenDetail) { d.Token.Administration = true }),
		state("expired, still called", expiredToken, deadCalls),
		state("revoked, still called", revokedToken, deadCalls),
		state("many origins", longToken, manyOrigins),
		state("long name", wideToken),
	}
}

func revokeTokenStates() []State {
	state := func(name string, token func(Page, *models.Token), changes ...func(Page, *TokenDetail)) State {
		return detailState("RevokeTokenPage", RevokeTokenPage, name, token, changes...)
	}
	return []State{
		state("plain", func(Page, *models.Token) {}),
		state("never used", unusedToken),
		state("not used lately", endlessToken, quietDays),
		state("expired", expiredToken, deadCalls),
		state("revoked already", revokedToken),
		state("many origins", wideToken, manyOrigins),
	}
}
