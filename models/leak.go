package models

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"tessera/models/token"
)

// MaxLeaked is how many leaked secrets can be reported at once.
const MaxLeaked = 1000

// Leak is a text that strangers have seen, with secrets in it, and where it comes from.
type Leak struct{ Text, Source string }

// RevokeLeaked revokes the tokens of the secrets in leaks, and tells their owners and
// all administrators. It returns of each leak whether a secret in it is known, be its
// token dead already or not.
func (s *Store) RevokeLeaked(ctx context.Context, actor Actor, leaks []Leak) (known []bool, err error) {
	var hashes [][]byte
	at := map[[32]byte][]int{} // which leaks have it
	for i, l := range leaks {
		for _, secret := range token.Find(l.Text) {
			hash := token.Hash(secret)
			if at[hash] == nil {
				hashes = append(hashes, hash[:])
			}
			at[hash] = append(at[hash], i)
		}
	}
	known = make([]bool, len(leaks))
	tokens, err := s.tokensByHash(ctx, hashes)
	if err != nil || len(tokens) == 0 {
		return known, err
	}
	sources := make(map[int64]string, len(tokens))
	for _, t := range tokens {
		in := at[[32]byte(t.Hash)]
		sources[t.ID] = leaks[in[0]].Source
		for _, i := range in {
			known[i] = true
		}
	}
	_, err = s.endLeaked(ctx, actor, sources)
	return known, err
}

// hashBatch is how many hashes a statement looks for.
const hashBatch = 64

// tokensByHash finds the ids of tokens by the hashes of their secrets. Anybody may ask
// for any number of them, and each size of a statement is kept prepared: so there is but one.
func (s *Store) tokensByHash(ctx context.Context, hashes [][]byte) (tokens []Token, err error) {
	for some := range slices.Chunk(hashes, hashBatch) {
		full := slices.Concat(some, slices.Repeat(some[:1], hashBatch-len(some)))
		var found []Token
		if err := s.read(ctx).Select("id", "hash").Where("hash IN ?", full).Find(&found).Error; err != nil {
			return nil, err
		}
		tokens = append(tokens, found...)
	}
	return tokens, nil
}

// RevokeLeakedToken is RevokeLeaked for a token that is known by its public id. A
// second call changes nothing. Error: ErrNotFound.
func (s *Store) RevokeLeakedToken(ctx context.Context, actor Actor, publicID, source string) (*Token, error) {
	t, err := s.AnyToken(ctx, publicID)
	if err != nil {
		return nil, err
	}
	tokens, err := s.endLeaked(ctx, actor, map[int64]string{t.ID: source})
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, ErrNotFound
	}
	return &tokens[0], nil
}

// endLeaked revokes those of some tokens that are not, and returns them all. sources
// says by their ids where their secrets were found.
func (s *Store) endLeaked(ctx context.Context, actor Actor, sources map[int64]string) ([]Token, error) {
	var tokens []Token
	ids := slices.Sorted(maps.Keys(sources))
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
				changes = append(changes, change{t, AuditEvent{Kind: AuditTokenLeaked, Changes: AuditChanges{{Field: "source", New: sources[t.ID]}}}})
			}
		}
		if len(changes) == 0 {
			return nil
		}
		if err := tx.tellOfLeaks(ctx, changes, sources); err != nil {
			return err
		}
		return tx.saveMany(ctx, actor, changes, "revoked_at")
	})
	return tokens, err
}

// tellOfLeaks tells the owners of each of their tokens, and administrators of one
// token, or of how many.
func (s *Store) tellOfLeaks(ctx context.Context, changes []change, sources map[int64]string) error {
	var notices []Notice
	for _, c := range changes {
		notices = append(notices, Notice{UserID: c.token.UserID, Kind: NoticeLeaked, Subject: c.token.PublicID, Label: c.token.Name, Detail: sources[c.token.ID]})
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
