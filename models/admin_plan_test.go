package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// explain returns the plan of a statement, a line for each step. PostgreSQL is
// made to avoid scans and sorts wherever an index lets it, however small the tables.
func explain(t *testing.T, s *models.Store, statement string, args []any) string {
	t.Helper()
	if !s.Postgres() {
		return plan(t, s, statement, args)
	}
	conn := must(s.SQL().Conn(t.Context()))(t)
	defer conn.Close()
	for _, off := range []string{"seqscan", "bitmapscan", "hashjoin", "mergejoin", "hashagg", "sort"} {
		if off == "sort" && strings.Contains(statement, "UNION ALL") {
			break // of the few tokens that end alike
		}
		must(conn.ExecContext(t.Context(), "SET enable_"+off+" = off"))(t)
	}
	defer conn.ExecContext(context.Background(), "RESET ALL")
	return lines(t, must(conn.QueryContext(t.Context(), "EXPLAIN (COSTS off) "+statement, args...))(t), 1)
}

// plan returns SQLite's plan of a statement.
func plan(t *testing.T, s *models.Store, statement string, args []any) string {
	t.Helper()
	return lines(t, must(s.SQL().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, args...))(t), 4)
}

// lines joins the last column of each row.
func lines(t *testing.T, rows *sql.Rows, columns int) string {
	t.Helper()
	defer rows.Close()
	var out []string
	for rows.Next() {
		values := make([]any, columns)
		for i := range values {
			values[i] = new(any)
		}
		var line string
		values[columns-1] = &line
		ok(t, rows.Scan(values...))
		out = append(out, line)
	}
	ok(t, rows.Err())
	return strings.Join(out, "\n")
}

// unbounded names what in a plan may grow with the table: a whole scan, or a sort
// of more than was read in order up to a limit.
func unbounded(s *models.Store, plan string) string {
	for _, table := range []string{"tokens", "users", "token_usage", "token_origins", "usage_days", "audit_events"} {
		if s.Postgres() && strings.Contains(plan, "Seq Scan on "+table) {
			return "Seq Scan on " + table
		}
		for line := range strings.Lines(plan) {
			if strings.HasPrefix(strings.TrimSpace(line), "SCAN "+table) && !strings.Contains(line, "INDEX") {
				return line
			}
		}
	}
	return ""
}

// What each filter is read along, in its usual order.
var filterIndexes = map[string]string{
	"all": "tokens_all_created", "owner": "tokens_by_created", "text": "tokens_all_name", "last four": "tokens_all_last_four", "age": "tokens_all_created",
	"remaining": "tokens_live_expiry", "unused": "tokens_live_unused", "never": "tokens_live_never", "after death": "tokens_refused",
	"address": "token_origins_address", "administration": "tokens_administering",
	"live": "tokens_live_created", "active": "tokens_live_created", "expiring": "tokens_live_expiry", "paused": "tokens_paused",
	"scheduled": "tokens_scheduled", "expired": "tokens_expired", "revoked": "tokens_revoked",
	"never, unused": "tokens_live_never", "never, old": "tokens_live_never", "live, old": "tokens_live_created", "paused, tried": "tokens_paused",
	"unused, old": "tokens_live_unused", "owner, live": "tokens_by_created", "owner, unused": "tokens_by_created", "text, live": "tokens_all_name",
	"address, live": "token_origins_address", "after death, revoked": "tokens_refused",
}

// Nothing that an administrator's page reads grows with the number of tokens.
func TestAdminPlans(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		people, values := fleet(t, s, modeltest.SetClock(s))
		check := func(what, index string, do func(*models.Store)) {
			t.Helper()
			found := index == ""
			var plans []string
			for _, st := range s.Statements(do) {
				p := explain(t, s, st.SQL, st.Values)
				plans = append(plans, p)
				if bad := unbounded(s, p); bad != "" {
					t.Errorf("%s: %s\n%s\n%s", what, bad, st.SQL, p)
				}
				// In both databases' words: this index gives the order, so that reading ends with the page.
				found = found || strings.Contains(p, index) && !sortsIndex(s, p, index)
			}
			if len(plans) == 0 || !found {
				t.Errorf("%s is not read along %s:\n%s", what, index, strings.Join(plans, "\n--\n"))
			}
		}
		for _, f := range append(modeltest.AdminFilters(values), modeltest.AdminPairs(values)...) {
			q := models.AdminQuery{AdminFilter: f.AdminFilter, Limit: 1}
			first := must(s.AdminTokens(t.Context(), q))(t)
			for what, q := range map[string]models.AdminQuery{
				"first page": q, "last page": {AdminFilter: f.AdminFilter, Last: true, Limit: 1},
				"next page": {AdminFilter: f.AdminFilter, After: first.After, Limit: 1}, "page before": {AdminFilter: f.AdminFilter, Before: first.After, Limit: 1},
			} {
				check(f.Name+", "+what, filterIndexes[f.Name], func(s *models.Store) { must(s.AdminTokens(t.Context(), q))(t) })
			}
			check(f.Name+", count", filterIndexes[f.Name], func(s *models.Store) { must(s.AdminCount(t.Context(), f.AdminFilter))(t) })
			for _, sort := range first.Sorts { // each is at least looked through in order
				q.Sort = sort
				check(fmt.Sprintf("%s by %s", f.Name, sort), "", func(s *models.Store) { must(s.AdminTokens(t.Context(), q))(t) })
			}
		}
		tok := everyToken(t, s, people)[0]
		for what, do := range map[string]func(*models.Store){
			"one token":    func(s *models.Store) { must(s.AdminToken(t.Context(), tok.PublicID))(t) },
			"its days":     func(s *models.Store) { must(s.UsageByOutcome(t.Context(), &tok, 30))(t) },
			"its origins":  func(s *models.Store) { must(s.Origins(t.Context(), &tok))(t) },
			"by last four": func(s *models.Store) { must(s.FindByLastFour(t.Context(), tok.LastFour))(t) },
			"who paused it": func(s *models.Store) {
				must(s.Acts(t.Context(), &models.Token{PublicID: tok.PublicID, PausedAt: &tok.CreatedAt, RevokeAt: &tok.CreatedAt}))(t)
			},
			"the overview": func(s *models.Store) { must(s.Figures(t.Context()))(t) },
			"what expires": func(s *models.Store) { ok(t, s.ExpireTokens(t.Context())) },
			"what is due":  func(s *models.Store) { ok(t, s.RevokeDue(t.Context())) },
		} {
			check(what, "", do)
		}
	})
}

// sortsIndex reports whether what is read from an index is sorted afterwards.
func sortsIndex(s *models.Store, plan, index string) bool {
	if s.Postgres() {
		return strings.Contains(plan, "Sort") && index != "tokens_all_last_four"
	}
	return strings.Contains(plan, "TEMP B-TREE") && index != "tokens_all_last_four" && index != "token_origins_address"
}
