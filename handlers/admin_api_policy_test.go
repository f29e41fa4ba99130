package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPolicyByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		a.mustToken(t, p.person, "endless", forever)
		old := read[policyAnswer](p, "GET", "/v1/admin/policy", "")
		if !old.AllowNever || len(old.Networks) != 0 || old.UnusedAction != "pause" {
			t.Errorf("at first: %+v", old)
		}
		body := func(version int64) string {
			return fmt.Sprintf(`{"version":%d,"maxLifetimeDays":365,"allowNever":false,"maxExtensionDays":0,"maxLive":50,"maxUnusedDays":90,
				"unusedAction":"revoke","networks":["192.0.2.0/24","2001:db8::1"],"existing":"shorten","noticeDays":30}`, version)
		}
		impact := read[struct{ Rules []ruleAnswer }](p, "PUT", "/v1/admin/policy?dryRun=1", body(old.Version))
		if n := slices.IndexFunc(impact.Rules, func(r ruleAnswer) bool { return r.Rule == "never" }); n < 0 || impact.Rules[n].Tokens != 1 || impact.Rules[n].First[0].At == nil {
			t.Errorf("the impact: %+v", impact)
		}
		if now := read[policyAnswer](p, "GET", "/v1/admin/policy", ""); now.Version != old.Version {
			t.Error("a dry run sets the policy")
		}
		set := read[policyAnswer](p, "PUT", "/v1/admin/policy", body(old.Version))
		if set.Version != old.Version+1 || set.MaxLifetimeDays != 365 || set.AllowNever || set.MaxLive != 50 || set.MaxUnusedDays != 90 ||
			set.UnusedAction != "revoke" || !slices.Equal(set.Networks, []string{"192.0.2.0/24", "2001:db8::1/128"}) {
			t.Errorf("set: %+v", set)
		}
		if r := set.NetworkRules; set.UnusedFrom == nil || len(r) != 1 || !slices.Equal(r[0].Networks, set.Networks) || r[0].All == nil || r[0].All.Sub(r[0].Since) != 30*24*time.Hour {
			t.Errorf("what does not hold for all yet: %+v", set)
		}
		p.send("PUT", "/v1/admin/policy", body(old.Version)).want(t, http.StatusConflict, "conflict")
		put := func(change, to string, want ...string) {
			t.Helper()
			p.refused("PUT", "/v1/admin/policy", strings.Replace(body(set.Version), change, to, 1), want...)
		}
		put(`"maxLive":50,`, ``, "maxLive:value_required")
		put(`"maxLive":50`, `"maxLive":"x"`, "maxLive:value_type")
		put(`"maxLive":50`, `"maxLive":5000`, "maxLive:policy_live_max")
		put(`"allowNever":false`, `"allowNever":1`, "allowNever:value_type")
		put(`192.0.2.0/24`, `192.0.2.0/240`, "networks:policy_network")
		put(`"shorten"`, `"forget"`, "existing:policy_existing")
		put(`"noticeDays":30`, `"noticeDays":999`, "noticeDays:policy_notice")
		put(`"noticeDays":30`, `"notice":30`, "notice:member_unknown", "noticeDays:value_required")
		put(`,"noticeDays":30`, ``, "noticeDays:value_required")
		put(`"noticeDays":30`, `"noticeDays":null`, "noticeDays:value_required")
		put(`"noticeDays":30`, `"noticeDays":999,"unusedFrom":null,"networkRules":[]`, "noticeDays:policy_notice") // what was read is no fault
		leave := strings.NewReplacer(`"shorten"`, `"leave"`, `,"noticeDays":30`, ``).Replace(body(set.Version))
		if set = read[policyAnswer](p, "PUT", "/v1/admin/policy", leave); set.MaxLifetimeDays != 365 {
			t.Errorf("without notice, those that are there are left: %+v", set)
		}
	})
}
