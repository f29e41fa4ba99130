package models

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// Team owns projects. Each person has one of their own from the start.
type Team struct {
	ID             int64 `gorm:"primaryKey"`
	Name           string
	PersonalUserID *int64    // whose own team it is, if anyone's
	CreatedAt      time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// TeamMembership is a person's place in a team.
type TeamMembership struct {
	TeamID    int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID    int64 `gorm:"primaryKey;autoIncrement:false"`
	Role      Role
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// TableName is team_members.
func (TeamMembership) TableName() string { return "team_members" }

// MyTeam is a team as one of its members sees it.
type MyTeam struct {
	Team
	Role Role // of the reader
}

// Member is a person of a team or of a project, with their role there.
type Member struct {
	UserID      int64
	Name, Email string
	Role        Role
	Team        Role // in a project: their role in its team
	Given       Role // in a project: what was set for this person, if anything
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

// Invitation is a single-use link into a team.
type Invitation struct {
	ID        int64 `gorm:"primaryKey"`
	Hash      []byte
	TeamID    int64
	Role      Role
	CreatedBy int64
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
}

// InvitationLife is how long an invitation can be used.
const InvitationLife = 7 * day

// Invite makes an invitation and returns its secret, which is shown once.
// Errors: as Team; CodeInvalid for a role that can't be invited.
func (s *Store) Invite(ctx context.Context, actor Actor, teamID int64, role Role) (string, error) {
	if role == TeamOwner || !slices.Contains(TeamRoles, role) {
		return "", &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "role", Code: "role_unknown"}}}
	}
	secret, hash := newSecret()
	return secret, s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockTeam(ctx, teamID); err != nil { // the inviter can't lose their role meanwhile
			return err
		}
		t, err := tx.Team(ctx, actor.User, teamID, ManageMembers)
		if err != nil {
			return err
		}
		now := tx.Now()
		i := &Invitation{Hash: hash, TeamID: teamID, Role: role, CreatedBy: actor.User.ID, CreatedAt: now, ExpiresAt: now.Add(InvitationLife)}
		if err := tx.write(ctx).Create(i).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditInvited, UserID: &actor.User.ID, Subject: teamSubject(teamID), Label: t.Name,
			Changes: AuditChanges{{Field: "role", New: string(role)}}})
	})
}

// Invitations lists the open invitations of a team, newest first.
func (s *Store) Invitations(ctx context.Context, teamID int64) ([]Invitation, error) {
	var out []Invitation
	return out, s.read(ctx).Where("team_id = ? AND expires_at > ?", teamID, s.Now().UnixMicro()).Order("id DESC").Find(&out).Error
}

// Uninvite withdraws an invitation. Errors: as Team; a second call changes nothing.
func (s *Store) Uninvite(ctx context.Context, actor Actor, teamID, id int64) error {
	return s.Tx(ctx, func(tx *Store) error {
		t, err := tx.Team(ctx, actor.User, teamID, ManageMembers)
		if err != nil {
			return err
		}
		gone := tx.write(ctx).Where("id = ? AND team_id = ?", id, teamID).Delete(&Invitation{})
		if gone.Error != nil || gone.RowsAffected == 0 {
			return gone.Error
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditUninvited, UserID: &actor.User.ID, Subject: teamSubject(teamID), Label: t.Name})
	})
}

// InvitedTeam returns the team that a link's secret leads to and the role there.
// ErrNotFound: it was used, withdrawn or is too old, or who made it is disabled.
func (s *Store) InvitedTeam(ctx context.Context, secret string) (*Team, *Invitation, error) {
	var i Invitation
	err := s.forUpdate(ctx).Where("hash = ? AND expires_at > ?", hashOf(secret), s.Now().UnixMicro()).
		Where("created_by IN (SELECT id FROM users WHERE disabled_at IS NULL)").Take(&i).Error
	if err != nil {
		return nil, nil, found(err)
	}
	var t Team
	return &t, &i, found(s.read(ctx).Where("id = ?", i.TeamID).Take(&t).Error)
}

// Join uses an invitation. Who is in the team already stays as they are and
// does not use it up. Error: ErrNotFound.
func (s *Store) Join(ctx context.Context, actor Actor, secret string) (*Team, error) {
	var team *Team
	err := s.Tx(ctx, func(tx *Store) error {
		t, i, err := tx.InvitedTeam(ctx, secret)
		if err != nil {
			return err
		}
		team = t
		err = tx.read(ctx).Where("team_id = ? AND user_id = ?", t.ID, actor.User.ID).Take(&TeamMembership{}).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		if err := tx.write(ctx).Delete(i).Error; err != nil {
			return err
		}
		m := &TeamMembership{TeamID: t.ID, UserID: actor.User.ID, Role: i.Role, CreatedAt: tx.Now()}
		if err := tx.write(ctx).Create(m).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditMemberAdded, UserID: &actor.User.ID, Subject: teamSubject(t.ID), Label: t.Name,
			Changes: AuditChanges{{Field: "role", New: string(i.Role)}}})
	})
	return team, err
}

func teamSubject(id int64) string { return "team:" + strconv.FormatInt(id, 10) }
