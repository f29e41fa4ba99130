package models

import (
	"context"
	"slices"
	"strconv"

	"tessera/models/token"
)

// MaxLeaked is how many leaked secrets can be reported at once.
const MaxLeaked = 1000

// RevokeLeaked revokes the tokens of secrets that strangers have seen, tells their
// owners and all administrators, and returns how many of the secrets are known, be
// they dead already or not. source says where they come from. What is not a secret
// is not known.
func (s *Store) RevokeLeaked(ctx context.Context, actor Actor, secrets []string, source string) (known int, err error) {
	var hashes [][]byte
	for _, secret := range secrets {
		if token.Parse(secret) == nil {
			hash := token.Hash(secret)
			hashes = append(hashes, hash[:])
		}
	}
	ids, err := s.idsByHash(ctx, hashes)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = s.endLeaked(ctx, actor, ids, source)
	return len(ids), err
}

// hashBatch is how many hashes a statement looks for.
const hashBatch = 64

// idsByHash finds tokens by the hashes of their secrets. Anybody may ask for any
// number of them, and each size of a statement is kept prepared: so there is but one.
func (s *Store) idsByHash(ctx context.Context, hashes [][]byte) (ids []int64, err error) {
	for some := range slices.Chunk(hashes, hashBatch) {
		full := slices.Concat(some, slices.Repeat(some[:1], hashBatch-len(some)))
		var found []int64
		if err := s.read(ctx).Model(&Token{}).Where("hash IN ?", full).Pluck("id", &found).Error; err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// RevokeLeakedToken is RevokeLeaked for a token that is known by its public id. A
// second call changes nothing. Error: ErrNotFound.
func (s *Store) RevokeLeakedToken(ctx context.Context, actor Actor, publicID, source string) (*Token, error) {
	if !storable(publicID) {
		return nil, ErrNotFound
	}
	var t Token
	if err := s.read(ctx).Where("public_id = ?", publicID).Take(&t).Error; err != nil {
		return nil, found(err)
	}
	tokens, err := s.endLeaked(ctx, actor, []int64{t.ID}, source)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, ErrNotFound
	}
	return &tokens[0], nil
}

// endLeaked revokes those of some tokens that are not, and returns them all.
func (s *Store) endLeaked(ctx context.Context, actor Actor, ids []int64, source string) ([]Token, error) {
	var tokens []Token
	err := s.Tx(ctx, func(tx *Store) error {
		if err := tx.keepOwners(ctx, ids); err != nil {
			return err
		}
		if err := tx.forUpdate(ctx).Where("id IN ?", ids).Order("id").Find(&tokens).Error; err != nil {
			return err
		}
		now := tx.Now()
		var changes []change
		for i := range tokens {
			if t := &tokens[i]; t.RevokedAt == nil {
				t.RevokedAt, t.LiveName = &now, nil
				changes = append(changes, change{t, AuditEvent{Kind: AuditTokenLeaked, Changes: AuditChanges{{Field: "source", New: source}}}})
			}
		}
		if len(changes) == 0 {
			return nil
		}
		if err := tx.tellOfLeaks(ctx, changes, source); err != nil {
			return err
		}
		return tx.saveMany(ctx, actor, changes, "revoked_at")
	})
	return tokens, err
}

// tellOfLeaks tells the owners of each of their tokens, and administrators of one
// token, or of how many.
func (s *Store) tellOfLeaks(ctx context.Context, changes []change, source string) error {
	var notices []Notice
	for _, c := range changes {
		notices = append(notices, Notice{UserID: c.token.UserID, Kind: NoticeLeaked, Subject: c.token.PublicID, Label: c.token.Name, Detail: source})
	}
	first := changes[0].token
	var owner User
	if err := s.read(ctx).Where("id = ?", first.UserID).Take(&owner).Error; err != nil {
		return err
	}
	n := Notice{Kind: NoticeOtherLeaked, Subject: first.PublicID, Label: first.Name, Detail: owner.Email}
	if len(changes) > 1 {
		n.Kind, n.Label, n.Detail = NoticeManyLeaked, "", strconv.Itoa(len(changes))
	}
	var administrators []int64
	err := s.read(ctx).Model(&User{}).Where("admin AND disabled_at IS NULL").Order("id").Pluck("id", &administrators).Error
	if err != nil {
		return err
	}
	for _, id := range administrators {
		if n.UserID = id; id != first.UserID || len(changes) > 1 { // else they know
			notices = append(notices, n)
		}
	}
	return s.tell(ctx, notices)
}
