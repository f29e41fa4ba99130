package models

import (
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tessera/models/openapi"
)

// Warnings of environments: a server of a document became none, and one that is
// there lost its shared secrets, as it leads elsewhere.
const (
	issueServer  = "server_left_out"
	issueCleared = "secrets_cleared"
)

// importEnvironments makes environments of a document's servers, where that was
// asked for, and of a collection's variables. Those of the same name stay, with
// the new base URL.
func (im *importer) importEnvironments() error {
	if im.options.ServersAsEnvironments {
		used := map[string]bool{}
		for i, server := range im.doc.Servers {
			if len(server.URL) > maxBaseURL || len(used) >= maxEnvironments {
				im.result.Warnings = append(im.result.Warnings, openapi.Issue{Code: issueServer, Pointer: "/servers/" + strconv.Itoa(i)})
				continue
			}
			name := im.serverName(server, i, used)
			used[fold(name)] = true
			if err := im.environment(name, server.URL, nil); err != nil {
				return err
			}
		}
	}
	if im.collection != nil && len(im.collection.Variables) > 0 {
		return im.environment("Postman", "", im.collection.Variables)
	}
	return nil
}

// serverName is a name for the server's environment that no other server of the
// document has.
func (im *importer) serverName(server openapi.Server, i int, used map[string]bool) string {
	name := strings.Join(strings.Fields(storableText(server.Description)), " ")
	if name == "" || len([]rune(name)) > MaxName-4 {
		name = "Server " + strconv.Itoa(i+1)
	}
	free := name
	for n := 2; used[fold(free)]; n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free
}

func (im *importer) environment(name, baseURL string, variables []openapi.Variable) error {
	e := Environment{ProjectID: im.project.ID}
	err := im.tx.read(im.ctx).Where("project_id = ? AND name_key = ?", im.project.ID, fold(name)).Take(&e).Error
	baseURL = strings.TrimRight(storableText(baseURL), "/")
	action := "updated"
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		action = "created"
		e.Name, e.NameKey = name, fold(name)
	case err != nil:
		return err
	case baseURL == "" || baseURL == e.BaseURL:
		action = "ignored"
	}
	origin, err := im.tx.sharedOrigin(im.ctx, &e)
	if err != nil {
		return err
	}
	if baseURL != "" {
		e.BaseURL = baseURL
	}
	if action != "ignored" {
		if err := im.tx.writeEnvironment(im.ctx, &e); err != nil {
			return err
		}
	}
	if len(variables) > maxVariables {
		variables = variables[:maxVariables]
	}
	for _, v := range variables {
		if !validVariable(v.Name) || len(v.Value) > maxValue {
			continue
		}
		row := Variable{EnvironmentID: e.ID, Name: v.Name, Secret: v.Secret}
		if !v.Secret {
			row.Shared = storableText(v.Value)
		}
		if err := im.tx.write(im.ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
	}
	cleared, err := im.tx.clearSecrets(im.ctx, &e, origin, func(Variable) bool { return false })
	if err != nil {
		return err
	}
	if len(cleared) > 0 {
		detail := e.Name + ": " + strings.Join(cleared, ", ")
		im.result.Warnings = append(im.result.Warnings, openapi.Issue{Code: issueCleared, Detail: detail})
		im.cleared = append(im.cleared, AuditChange{Field: "secrets_cleared", New: detail})
	}
	im.note("environment", action, e.Name, e.ID)
	return nil
}
