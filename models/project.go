package models

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
)

// Project holds an API description and its environments. Its ID is what API calls name.
type Project struct {
	ID          int64 `gorm:"primaryKey"`
	TeamID      int64
	Name        string
	NameKey     string
	Description string
	CreatedBy   int64
	CreatedAt   time.Time  `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt   time.Time  `gorm:"serializer:micros;autoUpdateTime:false"`
	DeletedAt   *time.Time `gorm:"serializer:micros"` // restorable for KeepDeleted
}

// MyProject is a project as one person sees it.
type MyProject struct {
	Project
	TeamName string
	TeamRole Role
	Given    Role // in this project, if any
}

// Role is what the person is in the project.
func (p *MyProject) Role() Role { return ProjectRole(p.TeamRole, p.Given) }

// Audit events of projects.
const (
	AuditProjectCreated  = "project.created"
	AuditProjectChanged  = "project.changed"
	AuditProjectDeleted  = "project.deleted"
	AuditProjectRestored = "project.restored"
	AuditProjectRemoved  = "project.removed" // for good
	AuditProjectCloned   = "project.cloned"
	AuditProjectMember   = "project.member_changed"
)

// mine is the projects that u can see, deleted ones included. Guests see those
// that they were given.
func (s *Store) mine(ctx context.Context, u *User) *gorm.DB {
	return s.read(ctx).Table("projects").
		Select("projects.*, teams.name AS team_name, m.role AS team_role, COALESCE(pm.role, '') AS given").
		Joins("JOIN teams ON teams.id = projects.team_id").
		Joins("JOIN team_members m ON m.team_id = projects.team_id AND m.user_id = ?", u.ID).
		Joins("LEFT JOIN project_members pm ON pm.project_id = projects.id AND pm.user_id = m.user_id").
		Where("(m.role <> 'guest' OR pm.role IS NOT NULL)")
}

// ProjectQuery chooses among a person's projects.
type ProjectQuery struct {
	Search  string // part of a name, or a whole ID
	TeamID  int64  // 0: all teams
	Deleted bool   // those that can be restored, instead
}

// Projects lists the projects of u by name, at most limit.
func (s *Store) Projects(ctx context.Context, u *User, q ProjectQuery, limit int) ([]MyProject, error) {
	db := s.mine(ctx, u).Where("(projects.deleted_at IS NOT NULL) = ?", q.Deleted)
	if q.Deleted {
		db = db.Where("projects.deleted_at > ?", s.Now().Add(-KeepDeleted).UnixMicro())
	}
	if q.TeamID != 0 {
		db = db.Where("projects.team_id = ?", q.TeamID)
	}
	if search := fold(q.Search); search != "" {
		id, err := strconv.ParseInt(search, 10, 64)
		if err != nil {
			id = 0
		}
		db = db.Where(`(projects.name_key LIKE ? ESCAPE '\' OR projects.id = ?)`, "%"+escapeLike(search)+"%", id)
	}
	var out []MyProject
	return out, db.Order("projects.name_key, projects.id").Limit(limit).Find(&out).Error
}

// Project returns a project if u may do action in it. ErrNotFound: there is none
// that u can see. ErrForbidden: u sees it, but their role does not allow it.
func (s *Store) Project(ctx context.Context, u *User, id int64, action Action) (*MyProject, error) {
	return s.project(s.mine(ctx, u).Where("projects.deleted_at IS NULL"), id, action)
}

func (s *Store) project(mine *gorm.DB, id int64, action Action) (*MyProject, error) {
	var p MyProject
	if err := mine.Where("projects.id = ?", id).Take(&p).Error; err != nil {
		return nil, found(err)
	}
	if !Can(p.Role(), action) {
		return &p, ErrForbidden
	}
	return &p, nil
}

// NewProject is a filled-in form. TeamID 0 means the person's own team.
type NewProject struct {
	Name, Description string
	TeamID            int64
}

const maxDescription = 2000

func (p *Project) setTexts(v *Invalid, name, description string) {
	p.Name = checkName(v, "name", name)
	p.NameKey = fold(p.Name)
	p.Description = strings.TrimSpace(description)
	if utf8.RuneCountInString(p.Description) > maxDescription {
		v.Add("description", "description_too_long", "max", maxDescription)
	}
}

// CreateProject makes a project. Errors: CodeInvalid ("team_unknown" too),
// ErrForbidden when the role in the team does not allow it.
func (s *Store) CreateProject(ctx context.Context, actor Actor, in NewProject) (*Project, error) {
	p := &Project{CreatedBy: actor.User.ID, CreatedAt: s.Now()}
	p.UpdatedAt = p.CreatedAt
	var v Invalid
	p.setTexts(&v, in.Name, in.Description)
	return p, s.Tx(ctx, func(tx *Store) error {
		if _, err := tx.chooseTeam(ctx, &v, actor.User, in.TeamID, p); err != nil {
			return err
		}
		if err := tx.write(ctx).Create(p).Error; err != nil {
			return err
		}
		return tx.auditProject(ctx, actor, AuditProjectCreated, p, nil)
	})
}

// chooseTeam sets the team that p is to belong to, and returns its name.
func (s *Store) chooseTeam(ctx context.Context, v *Invalid, u *User, teamID int64, p *Project) (string, error) {
	if teamID == 0 {
		var own Team
		if err := s.read(ctx).Where("personal_user_id = ?", u.ID).Take(&own).Error; err != nil {
			return "", err
		}
		teamID = own.ID
	}
	p.TeamID = teamID
	t, err := s.Team(ctx, u, teamID, CreateProjects)
	if errors.Is(err, ErrNotFound) {
		v.Add("team", "team_unknown")
		return "", v.Err()
	}
	if err != nil {
		return "", err
	}
	return t.Name, v.Err()
}

func (s *Store) auditProject(ctx context.Context, actor Actor, kind string, p *Project, changes AuditChanges) error {
	e := AuditEvent{Kind: kind, Subject: ProjectSubject(p.ID), Label: p.Name, Changes: changes}
	if actor.User != nil {
		e.UserID = &actor.User.ID
	}
	return s.audit(ctx, actor, e)
}

// ProjectSubject names a project in audit events.
func ProjectSubject(id int64) string { return "project:" + strconv.FormatInt(id, 10) }

// ProjectChange holds what to change; nil leaves a member as it is.
type ProjectChange struct {
	Name, Description *string
	TeamID            *int64 // move: allowed to who may move projects out of the one team and create them in the other
}

// UpdateProject changes a project's settings. Errors: as Project, CodeInvalid.
func (s *Store) UpdateProject(ctx context.Context, actor Actor, id int64, change ProjectChange) (*Project, error) {
	var p *Project
	err := s.Tx(ctx, func(tx *Store) error {
		mine, err := tx.Project(ctx, actor.User, id, ManageProject)
		if err != nil {
			return err
		}
		p = &mine.Project
		old := *p
		var v Invalid
		name, description := p.Name, p.Description
		if change.Name != nil {
			name = *change.Name
		}
		if change.Description != nil {
			description = *change.Description
		}
		p.setTexts(&v, name, description)
		team := mine.TeamName
		if change.TeamID != nil && *change.TeamID != p.TeamID {
			if !Can(mine.TeamRole, MoveProjects) {
				return ErrForbidden
			}
			team, err = tx.chooseTeam(ctx, &v, actor.User, *change.TeamID, p)
		} else {
			err = v.Err()
		}
		changes := old.differences(p, mine.TeamName, team)
		if err != nil || len(changes) == 0 {
			return err
		}
		p.UpdatedAt = tx.Now()
		if err := tx.write(ctx).Select("name", "name_key", "description", "team_id", "updated_at").Updates(p).Error; err != nil {
			return err
		}
		if p.TeamID != old.TeamID { // a role that was given to somebody of the old team would wait for them in the new one
			err := tx.write(ctx).Where("project_id = ? AND user_id NOT IN (SELECT user_id FROM team_members WHERE team_id = ?)", id, p.TeamID).
				Delete(&ProjectMembership{}).Error
			if err != nil {
				return err
			}
		}
		return tx.auditProject(ctx, actor, AuditProjectChanged, p, changes)
	})
	return p, err
}

// differences lists what changed, for the audit log. Teams may have the same
// name, so a move is told by their IDs too.
func (p *Project) differences(to *Project, fromTeam, toTeam string) AuditChanges {
	var c AuditChanges
	for _, d := range []AuditChange{
		{Field: "name", Old: p.Name, New: to.Name},
		{Field: "description", Old: p.Description, New: to.Description},
		{Field: "team", Old: teamLabel(fromTeam, p.TeamID), New: teamLabel(toTeam, to.TeamID)},
	} {
		if d.Old != d.New {
			c = append(c, d)
		}
	}
	return c
}

func teamLabel(name string, id int64) string { return name + " (" + strconv.FormatInt(id, 10) + ")" }
