package models

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Environment is a base URL with variables that requests from the console use.
type Environment struct {
	ID        int64 `gorm:"primaryKey"`
	ProjectID int64
	Name      string
	NameKey   string
	BaseURL   string
	Position  int64
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt time.Time `gorm:"serializer:micros;autoUpdateTime:false"`

	ClearedSecrets []string `gorm:"-"` // names; set by SaveEnvironment
}

// Variable has a value that the members of a project share. The value of a
// secret one is sealed and shown to nobody.
type Variable struct {
	ID            int64 `gorm:"primaryKey"`
	EnvironmentID int64
	Name          string
	Secret        bool
	Shared        string
	Sealed        []byte
	LastFour      string
}

// PersonalValue is one person's own value of a variable, in place of the shared
// one; nobody else sees or uses it. A secret is sealed, and may be sent to Origin only.
type PersonalValue struct {
	VariableID int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID     int64 `gorm:"primaryKey;autoIncrement:false"`
	Value      string
	Sealed     []byte
	LastFour   string
	Origin     string
	UpdatedAt  time.Time `gorm:"serializer:micros;autoUpdateTime:false"`
}

// ChosenEnvironment is the one that a person works with in a project.
type ChosenEnvironment struct {
	ProjectID     int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID        int64 `gorm:"primaryKey;autoIncrement:false"`
	EnvironmentID int64
}

// MyVariable is a variable as one person sees it.
type MyVariable struct {
	Variable
	Personal *PersonalValue
}

// Audit events of environments.
const (
	AuditEnvironmentCreated = "environment.created"
	AuditEnvironmentChanged = "environment.changed"
	AuditEnvironmentDeleted = "environment.deleted"
	AuditSecretSet          = "environment.secret_set"
	AuditSecretCleared      = "environment.secret_cleared"
	AuditSecretsMoved       = "environment.secrets_moved" // to another origin
)

// Environments lists a project's environments in order.
func (s *Store) Environments(ctx context.Context, p *Project) ([]Environment, error) {
	var out []Environment
	return out, s.read(ctx).Where("project_id = ?", p.ID).Order("position, id").Find(&out).Error
}

// Environment returns one environment of a project. Error: ErrNotFound.
func (s *Store) Environment(ctx context.Context, p *Project, id int64) (*Environment, error) {
	var e Environment
	return &e, found(s.read(ctx).Where("id = ? AND project_id = ?", id, p.ID).Take(&e).Error)
}

// Variables lists the variables of an environment with u's own values.
func (s *Store) Variables(ctx context.Context, u *User, e *Environment) ([]MyVariable, error) {
	var shared []Variable
	if err := s.read(ctx).Where("environment_id = ?", e.ID).Order("id").Find(&shared).Error; err != nil {
		return nil, err
	}
	var mine []PersonalValue
	err := s.read(ctx).Where("user_id = ? AND variable_id IN (SELECT id FROM variables WHERE environment_id = ?)", u.ID, e.ID).Find(&mine).Error
	byID := map[int64]*PersonalValue{}
	for i := range mine {
		byID[mine[i].VariableID] = &mine[i]
	}
	var out []MyVariable
	for _, v := range shared {
		out = append(out, MyVariable{Variable: v, Personal: byID[v.ID]})
	}
	return out, err
}

// CurrentEnvironment is the environment that u chose, else the project's first;
// nil when there is none.
func (s *Store) CurrentEnvironment(ctx context.Context, u *User, p *Project) (*Environment, error) {
	var e Environment
	err := s.read(ctx).Table("environments e").Select("e.*").
		Joins("LEFT JOIN chosen_environments c ON c.environment_id = e.id AND c.user_id = ?", u.ID).
		Where("e.project_id = ?", p.ID).Order("CASE WHEN c.user_id IS NULL THEN 1 ELSE 0 END, e.position, e.id").Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return &e, err
}

// ChooseEnvironment makes an environment the one that u works with. Error: ErrNotFound.
func (s *Store) ChooseEnvironment(ctx context.Context, u *User, p *Project, id int64) error {
	if _, err := s.Environment(ctx, p, id); err != nil {
		return err
	}
	row := ChosenEnvironment{ProjectID: p.ID, UserID: u.ID, EnvironmentID: id}
	return s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

// OriginOf is the scheme, host and port of an address, by which a secret is
// pinned; "" when there is none.
func OriginOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && !(scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		host += ":" + port
	}
	return scheme + "://" + host
}
