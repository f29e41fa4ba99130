package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// AuditHead names the last event of the audit log. Kept elsewhere, it shows later
// whether anything up to it was changed or cut off.
type AuditHead struct {
	Seq  int64
	Hash [sha256.Size]byte
}

// String is h as ParseAuditHead reads it: SEQ:HASH, the hash in hexadecimal.
func (h AuditHead) String() string { return fmt.Sprintf("%d:%x", h.Seq, h.Hash) }

// ParseAuditHead reads what String has written. Error: ErrInvalid.
func ParseAuditHead(s string) (AuditHead, error) {
	var h AuditHead
	seq, hash, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	b, hexErr := hex.DecodeString(hash)
	if err != nil || hexErr != nil || n < 1 || copy(h.Hash[:], b) != len(h.Hash) || len(b) != len(h.Hash) {
		return AuditHead{}, ErrInvalid
	}
	h.Seq = n
	return h, nil
}

// AuditHead returns the head of the audit log as it is now. Error: ErrNotFound
// when nothing has been recorded yet.
func (s *Store) AuditHead(ctx context.Context) (AuditHead, error) {
	last, err := s.lastEvent(s.read(ctx))
	if err == nil && last.Seq == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return AuditHead{}, err
	}
	h := AuditHead{Seq: last.Seq}
	copy(h.Hash[:], last.Hash)
	return h, nil
}

// AuditFault is what is wrong at a place of the audit log.
type AuditFault string

// What can be wrong. A log whose faults were made good by hashing it anew differs
// from a head that was kept.
const (
	FaultChanged  AuditFault = "changed"  // the event is not what was recorded there
	FaultMissing  AuditFault = "missing"  // there is no event of that number, but later ones
	FaultUnlinked AuditFault = "unlinked" // the event does not follow the one before it
	FaultCut      AuditFault = "cut"      // the log ends before the kept head
	FaultReplaced AuditFault = "replaced" // it is another event than the kept head
)

// AuditReport is the result of a verification.
type AuditReport struct {
	Checked int64 // events without fault, from the first one on
	Head    AuditHead
	Broken  *AuditBreak // the first fault; nil when there is none
}

// AuditBreak is a fault at the event with a number.
type AuditBreak struct {
	Seq   int64
	Fault AuditFault
}

// verifyRange is how many events are read at a time.
const verifyRange = 5000

// VerifyAudit checks the whole audit log as it is when it begins: each event
// against its hash, and that each follows the one before; the head that was kept,
// if there is one, must be among them. Progress, which may be nil, is told now and
// then how many events have been read.
func (s *Store) VerifyAudit(ctx context.Context, kept *AuditHead, progress func(int64)) (AuditReport, error) {
	end, err := s.lastEvent(s.read(ctx))
	if err != nil {
		return AuditReport{}, err
	}
	v := &verification{store: s, end: end.Seq, kept: kept, next: 1, progress: progress}
	ctx, v.stop = context.WithCancel(ctx)
	defer v.stop()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() { v.work(ctx) })
	}
	workers.Wait()
	report := AuditReport{Checked: end.Seq, Head: AuditHead{Seq: end.Seq}, Broken: v.broken}
	copy(report.Head.Hash[:], end.Hash)
	if v.err == nil && report.Broken == nil && kept != nil && kept.Seq > end.Seq {
		report.Broken = &AuditBreak{end.Seq + 1, FaultCut}
	}
	if report.Broken != nil {
		report.Checked, report.Head = max(0, report.Broken.Seq-1), AuditHead{}
	}
	return report, v.err
}

// verification is shared by those who work on it. They take ranges in order, so
// that all before the first fault have been taken when it is found.
type verification struct {
	store    *Store
	end      int64
	kept     *AuditHead
	progress func(int64)
	stop     func()

	mu     sync.Mutex
	next   int64 // the first event that nobody has taken
	read   int64
	broken *AuditBreak
	err    error
}

func (v *verification) work(ctx context.Context) {
	for {
		v.mu.Lock()
		from := v.next
		v.next += verifyRange
		done := from > v.end || v.broken != nil || v.err != nil
		v.mu.Unlock()
		if done {
			return
		}
		to := min(from+verifyRange-1, v.end)
		broken, err := v.check(ctx, from, to)
		v.mu.Lock()
		if err != nil && v.err == nil {
			v.err = err
			v.stop()
		}
		if broken != nil && (v.broken == nil || broken.Seq < v.broken.Seq) {
			v.broken = broken
		}
		v.read += to - from + 1
		if v.progress != nil {
			v.progress(v.read)
		}
		v.mu.Unlock()
	}
}

// check finds the first fault among the events from..to.
func (v *verification) check(ctx context.Context, from, to int64) (*AuditBreak, error) {
	first := from - 1 // for its hash
	if from == 1 {
		first = math.MinInt64 // there must be none before
	}
	rows, err := v.store.read(ctx).Raw(`SELECT seq, at, kind, actor_kind, actor_id, actor_name, user_id, subject, label, address, client,
		changes, prev_hash, hash FROM audit_events WHERE seq >= ? AND seq <= ? ORDER BY seq`, first, to).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	last, want := make([]byte, sha256.Size), from
	for rows.Next() {
		var e storedEvent
		var at int64
		err := rows.Scan(&e.Seq, &at, &e.Kind, &e.ActorKind, &e.ActorID, &e.ActorName, &e.UserID, &e.Subject, &e.Label,
			&e.Address, &e.Client, (*[]byte)(&e.Changes), &e.PrevHash, &e.Hash)
		if err != nil { // a value that its column doesn't hold, which SQLite lets pass
			return &AuditBreak{want, FaultChanged}, nil
		}
		if e.Seq == from-1 && from > 1 {
			last = e.Hash
			continue
		}
		e.At = fromMicros(at)
		if fault := v.fault(&e, want, last); fault != "" {
			return &AuditBreak{min(e.Seq, want), fault}, nil
		}
		last, want = e.Hash, want+1
	}
	if want <= to && rows.Err() == nil {
		return &AuditBreak{want, FaultMissing}, nil
	}
	return nil, rows.Err()
}

// fault tells what is wrong with an event where the one of number want should
// follow the one of hash last.
func (v *verification) fault(e *storedEvent, want int64, last []byte) AuditFault {
	switch {
	case e.Seq > want:
		return FaultMissing
	case e.Seq < want || !e.genuine():
		return FaultChanged
	case !bytes.Equal(e.PrevHash, last):
		return FaultUnlinked
	case v.kept != nil && v.kept.Seq == e.Seq && !bytes.Equal(v.kept.Hash[:], e.Hash):
		return FaultReplaced
	}
	return ""
}

// storedEvent is an AuditEvent with its changes as they are stored: its JSON is
// the same as that which was hashed.
type storedEvent struct {
	Seq       int64
	At        time.Time
	Kind      string
	ActorKind string
	ActorID   *int64
	ActorName string
	UserID    *int64
	Subject   string
	Label     string
	Address   string
	Client    string
	Changes   json.RawMessage
	PrevHash  []byte
	Hash      []byte
}

func (e storedEvent) genuine() bool {
	hash := e.Hash
	e.Hash = nil
	b, err := json.Marshal(&e)
	if err != nil { // the changes are no JSON
		return false
	}
	sum := sha256.Sum256(b)
	return bytes.Equal(sum[:], hash)
}
