package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

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
