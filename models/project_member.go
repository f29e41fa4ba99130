package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"
)

// ProjectMembership is a role that was given to a person in one project.
type ProjectMembership struct {
	ProjectID int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID    int64 `gorm:"primaryKey;autoIncrement:false"`
	Role      Role
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// TableName is project_members.
func (ProjectMembership) TableName() string { return "project_members" }

// ProjectMembers lists the people of a project's team by name, with what they
// are in the project; guests who were not given it have no role there.
func (s *Store) ProjectMembers(ctx context.Context, p *Project) ([]Member, error) {
	var rows []struct {
		UserID      int64
		Name, Email string
		TeamRole    Role
		Given       Role
	}
	err := s.read(ctx).Table("team_members m").
		Select("m.user_id, u.name, u.email, m.role AS team_role, COALESCE(pm.role, '') AS given").
		Joins("JOIN users u ON u.id = m.user_id").
		Joins("LEFT JOIN project_members pm ON pm.user_id = m.user_id AND pm.project_id = ?", p.ID).
		Where("m.team_id = ?", p.TeamID).Order("u.name, u.id").Find(&rows).Error
	var out []Member
	for _, r := range rows {
		out = append(out, Member{UserID: r.UserID, Name: r.Name, Email: r.Email, Role: ProjectRole(r.TeamRole, r.Given), Team: r.TeamRole, Given: r.Given})
	}
	return out, err
}

// SetProjectRole gives a member of the team a role in one project; an empty role
// takes it away. Errors: as Project; ErrNotFound for who is not in the team;
// CodeInvalid for a role that there is not.
func (s *Store) SetProjectRole(ctx context.Context, actor Actor, id, userID int64, role Role) error {
	if role != NoRole && !slices.Contains(ProjectRoles, role) {
		return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "role", Code: "role_unknown"}}}
	}
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, id, ManageProject)
		if err != nil {
			return err
		}
		err = tx.read(ctx).Where("team_id = ? AND user_id = ?", p.TeamID, userID).Take(&TeamMembership{}).Error
		if err != nil {
			return found(err)
		}
		var old ProjectMembership
		err = tx.read(ctx).Where("project_id = ? AND user_id = ?", id, userID).Limit(1).Find(&old).Error
		if err != nil || old.Role == role {
			return err
		}
		db := tx.write(ctx)
		m := &ProjectMembership{ProjectID: id, UserID: userID, Role: role, CreatedAt: tx.Now()}
		if role == NoRole {
			err = db.Where("project_id = ? AND user_id = ?", id, userID).Delete(m).Error
		} else {
			err = db.Clauses(clause.OnConflict{UpdateAll: true}).Create(m).Error
		}
		if err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditProjectMember, UserID: &userID, Subject: ProjectSubject(id), Label: p.Name,
			Changes: AuditChanges{{Field: "role", Old: string(old.Role), New: string(role)}}})
	})
}
