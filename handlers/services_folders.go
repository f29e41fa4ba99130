package handlers

import (
	"slices"

	"tessera/models"
)

type folderAnswer struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	ParentID int64  `json:"parentId"` // 0: the root
}

// listFolders is GET /v1/projects/{id}/folders: those of endpoints and of schemas.
func (s *Server) listFolders(c *serviceCall) error {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return err
	}
	var all []models.Folder
	for _, kind := range []models.FolderKind{models.EndpointFolder, models.SchemaFolder} {
		some, err := s.store.Folders(c.ctx(), &p.Project, kind)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b models.Folder) int { return int(a.ID - b.ID) })
	return page(c, all, func(f *models.Folder) place { return place{0, f.ID} }, func(f *models.Folder) folderAnswer {
		return folderAnswer{f.ID, f.Name, string(f.Kind), orZero(f.ParentID)}
	})
}

type environmentAnswer struct {
	ID        int64            `json:"id"`
	Name      string           `json:"name"`
	BaseURL   string           `json:"baseUrl"`
	Variables []variableAnswer `json:"variables"`
}

// variableAnswer has the shared value; that of a secret, or anybody's own, is told to nobody.
type variableAnswer struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"`
	Secret bool    `json:"secret"`
}

func variableAnswerOf(v *models.MyVariable) variableAnswer {
	if v.Secret {
		return variableAnswer{Name: v.Name, Secret: true}
	}
	return variableAnswer{Name: v.Name, Value: &v.Shared}
}

// environments reads those of the project with their variables.
func (c *serviceCall) environments() ([]models.Environment, map[int64][]models.MyVariable, error) {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return nil, nil, err
	}
	all, err := c.server.store.Environments(c.ctx(), &p.Project)
	if err != nil {
		return nil, nil, err
	}
	variables := map[int64][]models.MyVariable{}
	for i := range all {
		if variables[all[i].ID], err = c.server.store.Variables(c.ctx(), c.user, &all[i]); err != nil {
			return nil, nil, err
		}
	}
	return all, variables, nil
}

// listEnvironments is GET /v1/projects/{id}/environments.
func (s *Server) listEnvironments(c *serviceCall) error {
	all, variables, err := c.environments()
	if err != nil {
		return err
	}
	return page(c, all, func(e *models.Environment) place { return place{e.Position, e.ID} }, func(e *models.Environment) environmentAnswer {
		return environmentAnswer{e.ID, e.Name, e.BaseURL, each(variables[e.ID], variableAnswerOf)}
	})
}
