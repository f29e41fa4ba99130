package models

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// AuditEvent is one row of the append-only audit log.
type AuditEvent struct {
	Seq       int64     `gorm:"primaryKey;autoIncrement:false"`
	At        time.Time `gorm:"serializer:micros"`
	Kind      string    // for instance "token.created"; see the Audit… constants
	ActorKind string    // "user", "cli", "system"
	ActorID   *int64    // the acting person, for "user"
	ActorName string    // as it was then
	UserID    *int64    // whose account it concerns
	Subject   string    // public id of the token, or empty
	Label     string    // name of the subject as it was then
	Address   string
	Client    string
	Changes   AuditChanges `gorm:"serializer:json"`
	PrevHash  []byte
	Hash      []byte
}

// AuditChanges are the changed fields with their old and new values, never a secret.
type AuditChanges []AuditChange

// AuditChange is one changed field. Times are RFC 3339 in UTC; empty means "never" or "none".
type AuditChange struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// What an audit event can tell.
const (
	AuditUserCreated      = "user.created"
	AuditUserDisabled     = "user.disabled"
	AuditUserEnabled      = "user.enabled"
	AuditProfileChanged   = "user.profile_changed"
	AuditPasswordChanged  = "user.password_changed"
	AuditSignedIn         = "session.signed_in"
	AuditSignedOut        = "session.signed_out"
	AuditTokenCreated     = "token.created"
	AuditTokenChanged     = "token.changed"
	AuditTokenRevoked     = "token.revoked"
	AuditTokenPaused      = "token.paused"
	AuditTokenResumed     = "token.resumed"
	AuditTokenScheduled   = "token.scheduled"
	AuditTokenUnscheduled = "token.unscheduled"
	AuditTokenRemoved     = "token.removed"
	AuditTokenLeaked      = "token.leaked" // reported as leaked, and so revoked
	AuditJobStarted       = "job.started"
	AuditJobStopped       = "job.stopped" // somebody asked for it
	AuditJobEnded         = "job.ended"
	AuditPolicyChanged    = "policy.changed"
	AuditRundownStarted   = "rundown.started"
	AuditRundownChanged   = "rundown.changed"
	AuditRundownCancelled = "rundown.cancelled"
	AuditRundownEnded     = "rundown.ended"
)

// Actor is who changes something, and from where.
type Actor struct {
	Kind    string // "user", "cli", "system"
	User    *User  // for "user"
	Address string
	Client  string
}

// zone is the time zone in which the actor names days.
func (a Actor) zone() *time.Location {
	if a.User == nil {
		return time.UTC
	}
	return a.User.Location()
}

// CLI and System are the actors without a person.
var (
	CLI    = Actor{Kind: "cli"}
	System = Actor{Kind: "system"}
)

// audit appends e to the chain within the current transaction; if it can't be
// recorded, the change fails. Call it last: on PostgreSQL it takes the chain's
// lock, which is held until the commit.
func (s *Store) audit(ctx context.Context, actor Actor, e AuditEvent) error {
	return s.auditMany(ctx, actor, []AuditEvent{e})
}

// auditMany is audit for what one transaction does to several subjects. At never
// goes back along the chain, even when the clock does: a period is a range of it.
func (s *Store) auditMany(ctx context.Context, actor Actor, events []AuditEvent) error {
	if s.after == nil {
		return errors.New("audit outside of a transaction")
	}
	if len(events) == 0 {
		return nil
	}
	if s.postgres {
		if err := s.write(ctx).Exec("SELECT pg_advisory_xact_lock(?)", auditLock).Error; err != nil {
			return err
		}
	}
	last, err := s.lastEvent(s.write(ctx))
	if err != nil {
		return err
	}
	now := s.Now()
	if now.Before(last.At) {
		now = last.At
	}
	for i := range events {
		e := &events[i]
		e.At, e.ActorKind, e.Address, e.Client = now, actor.Kind, actor.Address, actor.Client
		if actor.User != nil {
			e.ActorID, e.ActorName = &actor.User.ID, actor.User.Name
		}
		if last, err = e.chain(last); err != nil {
			return err
		}
	}
	return s.write(ctx).CreateInBatches(events, rowsAtOnce).Error
}

// auditEnd is where the next event is chained to.
type auditEnd struct {
	Seq  int64
	Hash []byte
	At   time.Time `gorm:"serializer:micros"`
}

// lastEvent is the end of the chain; of an empty one, where it begins.
func (s *Store) lastEvent(db *gorm.DB) (auditEnd, error) {
	var last auditEnd
	err := db.Model(&AuditEvent{}).Where("seq > 0").Order("seq DESC").Take(&last).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return auditEnd{Hash: make([]byte, sha256.Size)}, nil
	}
	return last, err
}

// chain makes e the event after last, and returns the new end.
func (e *AuditEvent) chain(last auditEnd) (auditEnd, error) {
	if e.Changes == nil {
		e.Changes = AuditChanges{} // as it will be read back: the hash covers it
	}
	e.Seq, e.PrevHash = last.Seq+1, last.Hash
	var err error
	e.Hash, err = e.digest()
	return auditEnd{e.Seq, e.Hash, e.At}, err
}

// auditLock is the key of PostgreSQL's advisory lock on the end of the chain.
const auditLock = 0x7465737365726101

// digest is SHA-256 over the JSON of all members but Hash itself, so that a
// changed, removed or reordered row shows.
func (e AuditEvent) digest() ([]byte, error) {
	e.Hash = nil
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// EventPage is one page of audit events, newest first. Newer and Older are
// sequence numbers for AuditQuery; 0 means that there is no such page.
type EventPage struct {
	Events       []AuditEvent
	Newer, Older int64
}

// AuditQuery chooses events of one person's account. Before and After exclude
// the event they name.
type AuditQuery struct {
	UserID  int64
	Subject string // public id of a token, or empty for all
	Before  int64  // older than this sequence number
	After   int64  // newer than this one; wins over Before
	Limit   int
}

// Events returns one page of a person's audit events.
func (s *Store) Events(ctx context.Context, q AuditQuery) (EventPage, error) {
	db := s.read(ctx).Where("user_id = ?", q.UserID)
	if q.Subject != "" {
		db = db.Where("subject = ?", q.Subject)
	}
	forward := q.After > 0
	switch {
	case forward:
		db = db.Where("seq > ?", q.After).Order("seq")
	case q.Before > 0:
		db = db.Where("seq < ?", q.Before).Order("seq DESC")
	default:
		db = db.Order("seq DESC")
	}
	var p EventPage
	if err := db.Limit(q.Limit + 1).Find(&p.Events).Error; err != nil {
		return EventPage{}, err
	}
	var newer, older bool
	p.Events, newer, older = cutPage(p.Events, q.Limit, forward, forward || q.Before > 0)
	if newer {
		p.Newer = p.Events[0].Seq
	}
	if older {
		p.Older = p.Events[len(p.Events)-1].Seq
	}
	return p, nil
}
