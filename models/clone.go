package models

import (
	"context"

	"tessera/models/openapi"
)

// CloneProject makes a copy of a project, with its description and environments
// but without anybody's secrets, in a team where the person may create projects.
// Errors: as Project, and CreateProject.
func (s *Store) CloneProject(ctx context.Context, actor Actor, id int64, in NewProject) (*Project, error) {
	var copied *Project
	err := s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, id, CloneProjects)
		if err != nil {
			return err
		}
		if copied, err = tx.CreateProject(ctx, actor, in); err != nil {
			return err
		}
		if err := tx.lockContent(ctx, id); err != nil {
			return err
		}
		c, err := tx.readContent(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.copyContent(ctx, copied.ID, c); err != nil {
			return err
		}
		if err := tx.copyEnvironments(ctx, &p.Project, copied.ID); err != nil {
			return err
		}
		return tx.auditProject(ctx, actor, AuditProjectCloned, copied, AuditChanges{{Field: "from", New: ProjectSubject(id)}})
	})
	return copied, err
}

// copyContent writes c under new ids.
func (s *Store) copyContent(ctx context.Context, projectID int64, c *content) error {
	folders := map[int64]int64{}
	moved := func(id *int64) *int64 {
		if id == nil {
			return nil
		}
		to := folders[*id]
		return &to
	}
	for _, f := range c.folders {
		old := f.ID
		f.ID, f.ProjectID, f.ParentID = 0, projectID, moved(f.ParentID)
		if err := s.write(ctx).Create(&f).Error; err != nil {
			return err
		}
		folders[old] = f.ID
	}
	old := make([]int64, len(c.endpoints))
	for i := range c.endpoints {
		e := &c.endpoints[i]
		old[i] = e.ID
		e.ID, e.ProjectID, e.FolderID = 0, projectID, moved(e.FolderID)
	}
	for i := range c.schemas {
		x := &c.schemas[i]
		x.ID, x.ProjectID, x.FolderID = 0, projectID, moved(x.FolderID)
	}
	for i := range c.parts {
		c.parts[i].ProjectID = projectID
	}
	if err := s.insertContent(ctx, &content{endpoints: c.endpoints, schemas: c.schemas, parts: c.parts}); err != nil {
		return err
	}
	endpoints := make(map[int64]int64, len(old))
	for i, id := range old {
		endpoints[id] = c.endpoints[i].ID
	}
	for i := range c.cases {
		k := &c.cases[i]
		k.ID, k.EndpointID = 0, endpoints[k.EndpointID]
	}
	return s.insertContent(ctx, &content{cases: c.cases})
}

func (s *Store) copyEnvironments(ctx context.Context, from *Project, projectID int64) error {
	all, err := s.Environments(ctx, from)
	if err != nil {
		return err
	}
	for _, e := range all {
		old := e.ID
		e.ID, e.ProjectID = 0, projectID
		if err := s.write(ctx).Create(&e).Error; err != nil {
			return err
		}
		var variables []Variable
		if err := s.read(ctx).Where("environment_id = ?", old).Order("id").Find(&variables).Error; err != nil {
			return err
		}
		for _, v := range variables {
			v.ID, v.EnvironmentID, v.Sealed, v.LastFour = 0, e.ID, nil, ""
			if err := s.write(ctx).Create(&v).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// OpenAPIProject is what the built-in project that describes this product's own
// API is made of.
type OpenAPIProject struct {
	Name, EnvironmentName, BaseURL string
	Description                    []byte // the OpenAPI document
	TeamID                         int64  // 0: the person's own team
	Token                          string // becomes a personal secret; may be empty
}

// The variables of its environment, which wait for values.
const (
	TokenVariable     = "access_token"
	ProjectIDVariable = "projectId"
)

// AddOpenAPIProject makes the built-in project in a workspace, with an
// environment that is ready but for its values. Errors: as CreateProject and SetPersonal.
func (s *Store) AddOpenAPIProject(ctx context.Context, actor Actor, in OpenAPIProject) (*Project, error) {
	d, err := openapi.Parse(in.Description)
	if err != nil {
		return nil, err
	}
	var p *Project
	err = s.Tx(ctx, func(tx *Store) error {
		if p, err = tx.CreateProject(ctx, actor, NewProject{Name: in.Name, TeamID: in.TeamID}); err != nil {
			return err
		}
		o := ImportOptions{Endpoints: OverwriteExisting, Schemas: OverwriteExisting}
		if _, err := tx.Import(ctx, actor, p.ID, d, nil, o); err != nil {
			return err
		}
		none := ""
		e, err := tx.SaveEnvironment(ctx, actor, p.ID, 0, EnvironmentForm{Name: in.EnvironmentName, BaseURL: in.BaseURL, Variables: []VariableForm{
			{Name: TokenVariable, Secret: true}, {Name: ProjectIDVariable, Shared: &none},
		}})
		if err != nil || in.Token == "" {
			return err
		}
		variables, err := tx.Variables(ctx, actor.User, e)
		if err != nil {
			return err
		}
		return tx.SetPersonal(ctx, actor, p.ID, e.ID, variables[0].ID, in.Token, OriginOf(in.BaseURL))
	})
	return p, err
}
