package models

import (
	"context"
	"slices"
	"time"
)

// TeamMembership is a person's place in a team.
type TeamMembership struct {
	TeamID    int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID    int64 `gorm:"primaryKey;autoIncrement:false"`
	Role      Role
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// TableName is team_members.
func (TeamMembership) TableName() string { return "team_members" }

// Member is a person of a team or of a project, with their role there.
type Member struct {
	UserID      int64
	Name, Email string
	Role        Role
	Team        Role // in a project: their role in its team
	Given       Role // in a project: what was set for this person, if anything
}

// TeamMembers lists a team's people: owners first, then by name.
func (s *Store) TeamMembers(ctx context.Context, id int64) ([]Member, error) {
	var out []Member
	err := s.read(ctx).Table("team_members m").Select("m.user_id, m.role, u.name, u.email").
		Joins("JOIN users u ON u.id = m.user_id").Where("m.team_id = ?", id).
		Order("CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 WHEN 'member' THEN 2 ELSE 3 END, u.name, u.id").Find(&out).Error
	return out, err
}

// SetTeamRole changes a member's role; an empty role removes them. Members may
// remove themselves. Errors: as Team, and CodeInvalid with "last_owner" when the
// team would have no owner left.
func (s *Store) SetTeamRole(ctx context.Context, actor Actor, id, userID int64, role Role) error {
	leaving := role == NoRole && userID == actor.User.ID
	action := ManageMembers
	if leaving {
		action = ViewTeam
	}
	if role != NoRole && !slices.Contains(TeamRoles, role) {
		return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "role", Code: "role_unknown"}}}
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockTeam(ctx, id); err != nil { // two owners can't leave at once
			return err
		}
		t, err := tx.Team(ctx, actor.User, id, action)
		if err != nil {
			return err
		}
		var m TeamMembership
		if err := tx.read(ctx).Where("team_id = ? AND user_id = ?", id, userID).Take(&m).Error; err != nil {
			return found(err)
		}
		if m.Role == role {
			return nil
		}
		if !leaving && (m.Role == TeamOwner || role == TeamOwner) && !Can(t.Role, MakeOwner) {
			return ErrForbidden
		}
		if err := tx.checkOwners(ctx, &t.Team, &m); err != nil {
			return err
		}
		return tx.changeMember(ctx, actor, &t.Team, &m, role)
	})
}

func (s *Store) lockTeam(ctx context.Context, id int64) error {
	return found(s.forUpdate(ctx).Select("id").Where("id = ?", id).Take(&Team{}).Error)
}

// checkOwners refuses to take the role from a team's last owner, or from the
// owner of a personal team.
func (s *Store) checkOwners(ctx context.Context, t *Team, m *TeamMembership) error {
	if m.Role != TeamOwner {
		return nil
	}
	var owners int64
	err := s.read(ctx).Model(&TeamMembership{}).Where("team_id = ? AND role = ?", t.ID, TeamOwner).Count(&owners).Error
	if err != nil {
		return err
	}
	if owners < 2 || t.PersonalUserID != nil && *t.PersonalUserID == m.UserID {
		return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "role", Code: "last_owner"}}}
	}
	return nil
}

func (s *Store) changeMember(ctx context.Context, actor Actor, t *Team, m *TeamMembership, role Role) error {
	kind := AuditMemberChanged
	db := s.write(ctx).Where("team_id = ? AND user_id = ?", m.TeamID, m.UserID)
	if role != NoRole {
		if err := db.Model(&TeamMembership{}).Update("role", role).Error; err != nil {
			return err
		}
	} else {
		kind = AuditMemberRemoved
		if err := db.Delete(&TeamMembership{}).Error; err != nil {
			return err
		}
		err := s.write(ctx).Where("user_id = ? AND project_id IN (SELECT id FROM projects WHERE team_id = ?)", m.UserID, t.ID).
			Delete(&ProjectMembership{}).Error
		if err != nil {
			return err
		}
	}
	if !Can(role, ManageMembers) { // nor by links that they have made and may have kept
		if err := s.write(ctx).Where("team_id = ? AND created_by = ?", t.ID, m.UserID).Delete(&Invitation{}).Error; err != nil {
			return err
		}
	}
	return s.audit(ctx, actor, AuditEvent{Kind: kind, UserID: &m.UserID, Subject: teamSubject(t.ID), Label: t.Name,
		Changes: AuditChanges{{Field: "role", Old: string(m.Role), New: string(role)}}})
}
