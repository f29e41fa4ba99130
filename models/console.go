package models

import (
	"context"
	"regexp"
	"slices"
	"time"

	"gorm.io/gorm"
)

// ConsoleRequest is a request that a person sent from the console. URL and Form
// hold no secret: the console leaves them out before it records.
type ConsoleRequest struct {
	ID         int64 `gorm:"primaryKey"`
	ProjectID  int64
	EndpointID *int64
	UserID     int64
	Method     string
	URL        string
	Form       map[string]string `gorm:"serializer:json"` // what was filled in, by field
	Status     int64             // 0: no answer
	Failure    string            // why there was none: the end of a message's key
	Took       int64             // microseconds
	Size       int64             // of the answer's body, in bytes
	CreatedAt  time.Time         `gorm:"serializer:micros;autoCreateTime:false"`
}

// KeepConsole is how long the requests of the console stay.
const KeepConsole = 30 * day

// maxConsoleRequests is how many a person keeps in a project; older ones make way.
const maxConsoleRequests = 500

// RecordConsole keeps a request in its sender's history.
func (s *Store) RecordConsole(ctx context.Context, r *ConsoleRequest) error {
	r.CreatedAt = s.Now()
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Create(r).Error; err != nil {
			return err
		}
		mine := tx.read(ctx).Model(&ConsoleRequest{}).Select("id").Where("user_id = ? AND project_id = ?", r.UserID, r.ProjectID).
			Order("id DESC").Limit(1).Offset(maxConsoleRequests)
		var last []int64
		if err := mine.Find(&last).Error; err != nil || len(last) == 0 {
			return err
		}
		return tx.write(ctx).Where("user_id = ? AND project_id = ? AND id <= ?", r.UserID, r.ProjectID, last[0]).Delete(&ConsoleRequest{}).Error
	})
}

// ConsoleHistory lists u's own requests to an endpoint, newest first.
func (s *Store) ConsoleHistory(ctx context.Context, u *User, p *Project, endpointID int64, limit int) ([]ConsoleRequest, error) {
	var out []ConsoleRequest
	err := s.myConsole(ctx, u, p, endpointID).Order("id DESC").Limit(limit).Find(&out).Error
	return out, err
}

func (s *Store) myConsole(ctx context.Context, u *User, p *Project, endpointID int64) *gorm.DB {
	return s.read(ctx).Where("user_id = ? AND project_id = ? AND endpoint_id = ? AND created_at > ?",
		u.ID, p.ID, endpointID, s.Now().Add(-KeepConsole).UnixMicro())
}

// ConsoleRequest returns one of u's own requests to an endpoint. Error: ErrNotFound.
func (s *Store) ConsoleRequest(ctx context.Context, u *User, p *Project, endpointID, id int64) (*ConsoleRequest, error) {
	var r ConsoleRequest
	return &r, found(s.myConsole(ctx, u, p, endpointID).Where("id = ?", id).Take(&r).Error)
}

var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}`)

// Expand puts values in place of the {{names}} in text, once: a value is not
// expanded again. Names for which value reports false stay and are listed.
func Expand(text string, value func(name string) (string, bool)) (expanded string, missing []string) {
	expanded = placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := placeholder.FindStringSubmatch(match)[1]
		if v, ok := value(name); ok {
			return v
		}
		if !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
		return match
	})
	return expanded, missing
}

// Names lists the {{names}} in text.
func Names(text string) []string {
	_, names := Expand(text, func(string) (string, bool) { return "", false })
	return names
}
