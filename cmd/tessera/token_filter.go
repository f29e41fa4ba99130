package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tessera/models"
)

// tokensFlags name tokens: those of a person, or those of everybody that a filter chooses.
type tokensFlags struct {
	databaseFlags
	User   string `help:"E-mail address of the tokens' owner." placeholder:"E-MAIL"`
	Filter string `help:"Of everybody's tokens, those that fulfil all of these: owner, user, q, status, age, remaining, unused, never, after_death, address, administration; for instance status=live&unused=90." placeholder:"NAME=VALUE&…"`
}

// filter reads --filter; nil when --user names the tokens.
func (f *tokensFlags) filter(p *problems) *models.AdminFilter {
	switch {
	case (f.User == "") == (f.Filter == ""):
		p.add("user", "name either a person or a --filter")
		return nil
	case f.Filter == "":
		return nil
	}
	values, err := url.ParseQuery(f.Filter)
	if err != nil {
		p.add("filter", "%v", err)
	}
	for _, name := range models.AdminListNames { // of an address that was copied
		values.Del(name)
	}
	for name, all := range values {
		switch { // what was misspelt would choose more than was meant
		case !slices.Contains(models.AdminFilterNames, name):
			p.add("filter", "there is no %q; use %s", name, strings.Join(models.AdminFilterNames, ", "))
		case len(all) > 1 || all[0] == "":
			p.add("filter", "%q wants one value", name)
		}
	}
	chosen, refusal := models.ParseAdminFilter(values.Get)
	if chosen == (models.AdminFilter{}) && err == nil && refusal == nil {
		p.add("filter", "it would choose every token: use %s", strings.Join(models.AdminFilterNames, ", "))
	}
	p.refused("filter", refusal)
	return &chosen
}

// refused notes what models refuses of the parts of a flag's value.
func (p *problems) refused(flag string, err error) {
	var known *models.Error
	if err == nil {
		return
	}
	page, localeErr := english(time.UTC, time.Time{})
	if !errors.As(err, &known) || localeErr != nil {
		p.add(flag, "%v", errors.Join(err, localeErr))
		return
	}
	for _, f := range known.Fields {
		p.add(flag, "%s: %s", f.Field, page.ErrorText(f))
	}
}

// adminTokenRow is one token of anybody in the JSON of `token list --filter`.
type adminTokenRow struct {
	tokenRow
	Owner          string     `json:"owner"` // e-mail address
	PausedAt       *time.Time `json:"paused_at"`
	RevokeAt       *time.Time `json:"revoke_at"`
	RefusedAt      *time.Time `json:"refused_at"`
	Requests30Days int64      `json:"requests_30_days"`
}

// listFiltered lists everybody's tokens that f chooses, in the usual order of that
// filter, a page at a time. Times are in UTC.
func (c *tokenListCmd) listFiltered(ctx context.Context, s *streams, f models.AdminFilter) error {
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		page, err := english(time.UTC, store.Now())
		if err != nil {
			return err
		}
		array := jsonArray{out: s.out}
		rows := [][]string{{"ID", "OWNER", "NAME", "SECRET", "STATUS", "CREATED", "EXPIRES", "LAST USED"}}
		const atOnce = 500
		query := models.AdminQuery{AdminFilter: f, Limit: atOnce}
		err = store.EachAdminToken(ctx, query, func(t *models.AdminToken) error {
			row := newTokenRow(page, &t.Token)
			if c.JSON {
				return array.add(adminTokenRow{row, t.OwnerEmail, t.PausedAt, t.RevokeAt, t.RefusedAt, t.Requests30})
			}
			if rows = append(rows, slices.Insert(row.cells(page, &t.Token), 1, t.OwnerEmail)); len(rows) <= atOnce {
				return nil
			}
			err := table(s.out, rows)
			rows = nil
			return err
		})
		switch {
		case err != nil:
			return err
		case c.JSON:
			return array.end()
		case len(rows) > 0:
			return table(s.out, rows)
		}
		return nil
	})
}

// revokeFiltered revokes everybody's tokens that f chooses, if --yes says so. It
// is a job: one that was broken off is gone on with by the server or the next command.
func (c *tokenRevokeCmd) revokeFiltered(ctx context.Context, s *streams, f models.AdminFilter) error {
	form := models.JobForm{Nonce: rand.Text(), Kind: models.JobRevoke, Selection: models.Selection{Filter: &f}}
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		impact, err := store.Impact(ctx, models.CLI, form)
		if err != nil {
			return err
		}
		tokens, rest := "", ""
		if impact.Cut() {
			tokens, rest = "at least ", "at least "
		}
		if impact.Tokens.About {
			tokens = "about "
		}
		fmt.Fprintf(s.out, "The filter chooses %s%d tokens; %s%d of them need not be revoked. The others belong to %s%d people and had %s%d requests in the last 7 days.\n",
			tokens, impact.Tokens.N, rest, impact.Skipped, rest, impact.Owners, rest, impact.Requests7)
		if !impact.Cut() && impact.Looked == impact.Skipped {
			return nil
		}
		if !c.Yes {
			fmt.Fprintln(s.err, "Nothing was revoked. Add --yes to revoke them; nobody can take that back.")
			return exitFailed
		}
		j, err := store.StartJob(ctx, models.CLI, form)
		if err != nil {
			return err
		}
		if j, err = finishJob(ctx, s, store, j.ID); err != nil {
			return fmt.Errorf("%w; the server goes on with job %d", err, j.ID)
		}
		if _, err := fmt.Fprintf(s.out, "%d tokens are revoked, %d were left as they are.\n", j.Changed, j.Skipped); err != nil {
			return err
		}
		if j.State != models.JobDone {
			return errors.New("the job was stopped before its end")
		}
		return nil
	})
}

// jobGlance is how often somebody who waits for a job is told how far it is.
const jobGlance = 200 * time.Millisecond

// finishJob works on jobs, as the server does, until this one has ended.
func finishJob(ctx context.Context, s *streams, store *models.Store, id int64) (j *models.Job, err error) {
	work, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	failed := make(chan error, 1)
	working.Go(func() {
		every(work, actEvery, func() {
			if err := store.RunJobs(work); err != nil && work.Err() == nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	})
	defer working.Wait()
	defer stop()
	for tick := time.Tick(jobGlance); ; {
		if j, err = store.Job(ctx, id); err != nil || !j.Open() {
			return j, err
		}
		if isTerminal(s.err) {
			fmt.Fprintf(s.err, "\r%d of %d tokens", j.Changed+j.Skipped, j.Total)
		}
		select {
		case err := <-failed:
			return j, err
		case <-ctx.Done():
			return j, ctx.Err()
		case <-tick:
		}
	}
}
