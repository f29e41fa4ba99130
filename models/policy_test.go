package models_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

// docs/roles.md is written by hand and says exactly what the policy says.
func TestRolesAreDocumented(t *testing.T) {
	text := string(must(os.ReadFile("../docs/roles.md"))(t))
	action := regexp.MustCompile("^\\| `([a-z._]+)`: ")
	var columns []models.Role
	documented := map[models.Action]bool{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if strings.HasPrefix(line, "| action |") {
			columns = nil
			for _, c := range cells[1:] {
				columns = append(columns, models.Role(strings.TrimSpace(c)))
			}
		}
		m := action.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		a := models.Action(m[1])
		documented[a] = true
		for i, role := range columns {
			if said := strings.TrimSpace(cells[i+1]); said != map[bool]string{true: "yes", false: "no"}[models.Can(role, a)] {
				t.Errorf("%s for %s is documented as %q", a, role, said)
			}
		}
		if models.Can(models.NoRole, a) {
			t.Errorf("%s needs no role", a)
		}
	}
	for _, a := range models.Actions() {
		if !documented[a] {
			t.Errorf("%s is not documented", a)
		}
		delete(documented, a)
	}
	if len(documented) > 0 {
		t.Errorf("documented, but not there: %v", slices.Collect(maps.Keys(documented)))
	}
	words := map[models.Role]string{models.NoRole: "none"}
	for _, role := range models.TeamRoles {
		given := models.ProjectRole(role, models.NoRole)
		changes := models.ProjectRole(role, models.ProjectReader) == models.ProjectReader
		word := words[given]
		if word == "" {
			word = string(given)
		}
		row := "| " + string(role) + " | " + word + " | " + map[bool]string{true: "yes", false: "no"}[changes] + " |"
		if !strings.Contains(text, row) {
			t.Errorf("docs/roles.md has no row %q", row)
		}
	}
}

func TestProjectRole(t *testing.T) {
	all := append([]models.Role{models.NoRole}, models.ProjectRoles...)
	for _, given := range all {
		for team, want := range map[models.Role]models.Role{
			models.TeamOwner: models.ProjectAdmin, models.TeamAdmin: models.ProjectAdmin,
			models.TeamMember: given, models.TeamGuest: given, models.NoRole: models.NoRole, "king": models.NoRole,
		} {
			if team == models.TeamMember && given == models.NoRole {
				want = models.ProjectEditor
			}
			if got := models.ProjectRole(team, given); got != want {
				t.Errorf("%q with %q is %q, not %q", team, given, got, want)
			}
		}
	}
}
