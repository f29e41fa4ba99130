package models

import (
	"context"
	"strconv"
	"time"
)

// Team owns projects. Each person has one of their own from the start.
type Team struct {
	ID             int64 `gorm:"primaryKey"`
	Name           string
	PersonalUserID *int64    // whose own team it is, if anyone's
	CreatedAt      time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// MyTeam is a team as one of its members sees it.
type MyTeam struct {
	Team
	Role Role // of the reader
}

// Audit events of teams.
const (
	AuditTeamCreated   = "team.created"
	AuditTeamChanged   = "team.changed"
	AuditTeamDeleted   = "team.deleted"
	AuditMemberAdded   = "team.member_added"
	AuditMemberChanged = "team.member_changed"
	AuditMemberRemoved = "team.member_removed"
	AuditInvited       = "team.invited"
	AuditUninvited     = "team.uninvited"
)

// createPersonalTeam makes the team that u has from the start.
func (s *Store) createPersonalTeam(ctx context.Context, u *User) error {
	t := &Team{Name: u.Name, PersonalUserID: &u.ID, CreatedAt: s.Now()}
	if err := s.write(ctx).Create(t).Error; err != nil {
		return err
	}
	return s.write(ctx).Create(&TeamMembership{TeamID: t.ID, UserID: u.ID, Role: TeamOwner, CreatedAt: t.CreatedAt}).Error
}

// CreateTeam makes a team owned by u. Error: CodeInvalid.
func (s *Store) CreateTeam(ctx context.Context, actor Actor, u *User, name string) (*Team, error) {
	var v Invalid
	t := &Team{Name: checkName(&v, "name", name), CreatedAt: s.Now()}
	if err := v.Err(); err != nil {
		return nil, err
	}
	return t, s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Create(t).Error; err != nil {
			return err
		}
		m := &TeamMembership{TeamID: t.ID, UserID: u.ID, Role: TeamOwner, CreatedAt: t.CreatedAt}
		if err := tx.write(ctx).Create(m).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditTeamCreated, UserID: &u.ID, Subject: teamSubject(t.ID), Label: t.Name})
	})
}

// Teams lists the teams of u, their own first, then by name.
func (s *Store) Teams(ctx context.Context, u *User) ([]MyTeam, error) {
	var out []MyTeam
	err := s.read(ctx).Table("teams").Select("teams.*, m.role").
		Joins("JOIN team_members m ON m.team_id = teams.id AND m.user_id = ?", u.ID).
		Order("CASE WHEN teams.personal_user_id = m.user_id THEN 0 ELSE 1 END, teams.name, teams.id").Find(&out).Error
	return out, err
}

// Team returns a team of u if u may do action in it. ErrNotFound: there is none
// that u is in. ErrForbidden: u's role does not allow it.
func (s *Store) Team(ctx context.Context, u *User, id int64, action Action) (*MyTeam, error) {
	var t MyTeam
	err := s.read(ctx).Table("teams").Select("teams.*, m.role").
		Joins("JOIN team_members m ON m.team_id = teams.id AND m.user_id = ?", u.ID).Where("teams.id = ?", id).Take(&t).Error
	if err != nil {
		return nil, found(err)
	}
	if !Can(t.Role, action) {
		return &t, ErrForbidden
	}
	return &t, nil
}

// RenameTeam changes a team's name. Errors: as Team, CodeInvalid.
func (s *Store) RenameTeam(ctx context.Context, actor Actor, id int64, name string) error {
	return s.Tx(ctx, func(tx *Store) error {
		t, err := tx.Team(ctx, actor.User, id, EditTeam)
		if err != nil {
			return err
		}
		var v Invalid
		old := t.Name
		t.Name = checkName(&v, "name", name)
		if err := v.Err(); err != nil || t.Name == old {
			return err
		}
		if err := tx.write(ctx).Model(&t.Team).Update("name", t.Name).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditTeamChanged, UserID: &actor.User.ID, Subject: teamSubject(id), Label: t.Name,
			Changes: AuditChanges{{Field: "name", Old: old, New: t.Name}}})
	})
}

// DeleteTeam ends a team without projects. Errors: as Team; CodeInvalid with
// "team_personal" or "team_has_projects", deleted ones that can be restored counted.
func (s *Store) DeleteTeam(ctx context.Context, actor Actor, id int64) error {
	return s.Tx(ctx, func(tx *Store) error {
		t, err := tx.Team(ctx, actor.User, id, EditTeam)
		if err != nil {
			return err
		}
		var v Invalid
		var projects int64
		if err := tx.read(ctx).Model(&Project{}).Where("team_id = ?", id).Count(&projects).Error; err != nil {
			return err
		}
		if t.PersonalUserID != nil {
			v.Add("team", "team_personal")
		} else if projects > 0 {
			v.Add("team", "team_has_projects", "n", projects)
		}
		if err := v.Err(); err != nil {
			return err
		}
		if err := tx.write(ctx).Delete(&Team{}, id).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditTeamDeleted, UserID: &actor.User.ID, Subject: teamSubject(id), Label: t.Name})
	})
}

func teamSubject(id int64) string { return "team:" + strconv.FormatInt(id, 10) }
