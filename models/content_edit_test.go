package models_test

import (
	"strings"
	"testing"

	"tessera/models"
)

// An edit that is taken back leaves the description as it was, also where the name
// is not in the operation's text and where there is no description.
func TestEditTakenBack(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		c.load(describe(get("/a", `"operationId":"listA",`)+","+get("/b", "")+","+get("/c", `"description":"","operationId":"c","summary":"c","tags":[],"x-y":1,`), ""), overwrite(),
			"endpointCreated 3")
		before := c.export(models.ExportOptions{})
		edit := func(id int64, name, description, status string, tags []string) {
			change := models.EndpointChange{Name: &name, Description: &description, Status: &status, Tags: &tags}
			must(c.s.EditEndpoint(t.Context(), by(c.owner), c.project.ID, id, change))(t)
		}
		all := must(c.s.Endpoints(t.Context(), &c.project.Project))(t)
		for _, e := range all {
			edit(e.ID, "Other", "Said <here>", "tested", []string{"new"})
		}
		if got := c.export(models.ExportOptions{}); strings.Count(got, `"Other"`) != 3 || strings.Count(got, `"Said <here>"`) != 3 {
			t.Errorf("edited:\n%s", got)
		}
		for _, e := range all {
			edit(e.ID, e.Name, "", e.Status, e.Tags)
		}
		if got := c.export(models.ExportOptions{}); got != before {
			t.Errorf("taken back:\n%s\nnot\n%s", got, before)
		}
	})
}
