package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tessera/models"
	"tessera/models/token"
	"tessera/views"
)

// ownerFlags name the person whose tokens a command is about.
type ownerFlags struct {
	databaseFlags
	User string `required:"" help:"E-mail address of the tokens' owner." placeholder:"E-MAIL"`
}

type tokenCreateCmd struct {
	ownerFlags
	Name      string `required:"" help:"What the token is for." placeholder:"NAME"`
	Validity  string `help:"Days: 7, 30, 60, 90 (the default) or 365; or never." placeholder:"DAYS"`
	ExpiresOn string `help:"Last day of the token, in its owner's time zone." placeholder:"YYYY-MM-DD"`
	MaxTokens string `default:"100" help:"Live tokens a person may have (${default})." placeholder:"N"`
}

// Run makes the token. Its secret goes to standard output, alone.
func (c *tokenCreateCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	in := models.NewToken{Name: c.Name, Validity: c.Validity, ExpiresOn: c.ExpiresOn, Nonce: rand.Text()}
	switch {
	case c.Validity != "" && c.ExpiresOn != "":
		p.add("validity", "--expires-on is set too; keep one of them")
	case c.ExpiresOn != "":
		in.Validity = models.ValidityCustom
	case c.Validity == "":
		in.Validity = models.DefaultValidity
	}
	limits := models.Limits{LiveTokens: p.number("max-tokens", c.MaxTokens, 1, maxTokensLimit)}
	return c.withStore(ctx, p, limits, func(store *models.Store) error {
		u, err := userByEmail(ctx, store, c.User)
		if err != nil {
			return err
		}
		t, secret, err := store.CreateToken(ctx, models.CLI, u, in)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(s.out, secret); err != nil {
			return fmt.Errorf("token %s was made, but its secret could not be written: %w; revoke it", t.PublicID, err)
		}
		page, err := english(u.Location(), store.Now())
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "Token %q of %s, id %s, expires: %s. Its secret can't be shown again.\n", t.Name, u.Email, t.PublicID, expiry(page, t))
		if u.Disabled() {
			fmt.Fprintf(s.err, "%s is disabled: the token is refused until `tessera user enable`.\n", u.Email)
		}
		return nil
	})
}

// expiry writes the last minute at which a token is good, in its owner's zone.
func expiry(page views.Page, t *models.Token) string {
	if t.ExpiresAt == nil {
		return "never"
	}
	return page.Exact(views.LastMinute(*t.ExpiresAt))
}

type tokenListCmd struct {
	tokensFlags
	JSON bool `name:"json" help:"Write JSON."`
}

// tokenRow is one token in the JSON of `token list`. Its expiry is exclusive.
type tokenRow struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Masked     string        `json:"masked"`
	Status     models.Status `json:"status"`
	CreatedAt  time.Time     `json:"created_at"`
	ExpiresAt  *time.Time    `json:"expires_at"`
	RevokedAt  *time.Time    `json:"revoked_at"`
	LastUsedAt *time.Time    `json:"last_used_at"`
}

// newTokenRow tells about t at the moment of page.
func newTokenRow(page views.Page, t *models.Token) tokenRow {
	return tokenRow{t.PublicID, t.Name, t.Masked(), t.Status(page.Now, page.Zone), t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt}
}

// cells are the row in a table.
func (r tokenRow) cells(page views.Page, t *models.Token) []string {
	used := "never"
	if r.LastUsedAt != nil {
		used = page.DateTime(*r.LastUsedAt)
	}
	return []string{r.ID, r.Name, r.Masked, string(r.Status), page.DateTime(r.CreatedAt), expiry(page, t), used}
}

// Run lists a person's tokens, the newest first, or those that a filter chooses.
func (c *tokenListCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	f := c.filter(&p)
	if err := p.err(); err != nil {
		return err
	}
	if f != nil {
		return c.listFiltered(ctx, s, *f)
	}
	return c.withUser(ctx, nil, c.User, func(store *models.Store, u *models.User) error {
		page, err := english(u.Location(), store.Now())
		if err != nil {
			return err
		}
		all := []tokenRow{}
		rows := [][]string{{"ID", "NAME", "SECRET", "STATUS", "CREATED", "EXPIRES", "LAST USED"}}
		err = eachToken(ctx, store, u, func(t *models.Token) {
			row := newTokenRow(page, t)
			all = append(all, row)
			rows = append(rows, row.cells(page, t))
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		return table(s.out, rows)
	})
}

// eachToken calls do for all tokens of u, the newest first.
func eachToken(ctx context.Context, store *models.Store, u *models.User, do func(*models.Token)) error {
	query := models.TokenQuery{Limit: 500}
	for {
		p, err := store.Tokens(ctx, u, query)
		if err != nil {
			return err
		}
		for i := range p.Tokens {
			do(&p.Tokens[i])
		}
		if query.After = p.After; p.After == "" {
			return nil
		}
	}
}

type tokenRevokeCmd struct {
	tokensFlags
	ID  string `arg:"" name:"id" optional:"" help:"The token's id, as tessera token list shows it; with --user."`
	Yes bool   `help:"Revoke what --filter chooses; without it, its number is told and nothing is done."`
}

// Run revokes a person's token, or all that a filter chooses.
func (c *tokenRevokeCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	f := c.filter(&p)
	if (c.ID == "") == (f == nil) && len(p) == 0 {
		p.add("user", "wants the id of a token, --filter none")
	}
	if err := p.err(); err != nil {
		return err
	}
	if f != nil {
		return c.revokeFiltered(ctx, s, *f)
	}
	return c.withUser(ctx, nil, c.User, func(store *models.Store, u *models.User) error {
		t, err := store.RevokeToken(ctx, models.CLI, u, c.ID)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("%s has no token with the id %q; tessera token list --user %s shows all", u.Email, c.ID, u.Email)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Token %q (%s) is revoked since %s; running servers refuse it within a second.\n",
			t.Name, t.Masked(), t.RevokedAt.Format(time.RFC3339))
		return nil
	})
}

type tokenInspectCmd struct {
	databaseFlags
	Refused []string `arg:"" optional:"" hidden:"" help:"Nothing: what stands here can be seen by others."`
}

// maxInspectInput bounds what is read, in bytes.
const maxInspectInput = 1 << 10

// Run tells what a secret is worth. It fails when the secret would be refused.
func (c *tokenInspectCmd) Run(ctx context.Context, s *streams) error {
	if len(c.Refused) > 0 {
		return errors.New("token inspect reads the secret from standard input; as an argument, other users of this machine and the shell's history have seen it")
	}
	if isTerminal(s.in) {
		fmt.Fprintln(s.err, "Paste the secret and press Enter:")
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, maxInspectInput)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	secret := strings.TrimSpace(line)
	switch err := token.Parse(secret); {
	case errors.Is(err, token.ErrFormat):
		fmt.Fprintf(s.out, "Format:   wrong; a token matches %s\n", token.Pattern)
		return exitFailed
	case err != nil:
		fmt.Fprintln(s.out, "Format:   right\nChecksum: wrong; the token was mistyped, cut or made up")
		return exitFailed
	}
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		fmt.Fprintln(s.out, "Format:   right\nChecksum: right")
		t, u, err := store.TokenBySecret(ctx, secret)
		if errors.Is(err, models.ErrNotFound) {
			fmt.Fprintln(s.out, "Known:    no; it never existed here or was removed after its end")
			return exitFailed
		}
		if err != nil {
			return err
		}
		page, err := english(u.Location(), store.Now())
		if err != nil {
			return err
		}
		status := string(t.Status(page.Now, page.Zone))
		if u.Disabled() {
			status += "; its owner is disabled"
		}
		fmt.Fprintf(s.out, "Known:    yes\nOwner:    %s <%s>\nName:     %s\nId:       %s\nStatus:   %s\nExpires:  %s\n",
			u.Name, u.Email, t.Name, t.PublicID, status, expiry(page, t))
		if !t.Live(page.Now) || u.Disabled() {
			return exitFailed
		}
		return nil
	})
}
