package models

import (
	"context"
	"errors"
	"net/url"
	"strconv"
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

// EnvironmentForm is a filled-in form of an environment with its variables.
type EnvironmentForm struct {
	Name, BaseURL string
	Variables     []VariableForm
}

// VariableForm is one row of it. ID 0 is a new variable; one that is left out is
// removed. A nil Shared keeps a secret's value.
type VariableForm struct {
	ID     int64
	Name   string
	Secret bool
	Shared *string
}

// Bounds of environments.
const (
	maxEnvironments = 50
	maxVariables    = 100
	maxValue        = 8 << 10 // bytes
	maxBaseURL      = 2000
)

// OriginOf is the scheme, host and port of an address, by which a secret is
// pinned; "" when there is none.
func OriginOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	scheme := strings.ToLower(u.Scheme)
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + ":" + port
}

// SaveEnvironment makes (id 0) or changes an environment and its variables as
// one. Errors: as Project, ErrNotFound, CodeInvalid: fields "name", "base_url",
// and "variables.N" for the Nth row.
func (s *Store) SaveEnvironment(ctx context.Context, actor Actor, projectID, id int64, f EnvironmentForm) (*Environment, error) {
	e := &Environment{ProjectID: projectID}
	err := s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, EditContent)
		if err != nil {
			return err
		}
		if err := tx.lockContent(ctx, projectID); err != nil {
			return err
		}
		kind := AuditEnvironmentCreated
		if id != 0 {
			kind = AuditEnvironmentChanged
			if e, err = tx.Environment(ctx, &p.Project, id); err != nil {
				return err
			}
		}
		if err := tx.checkEnvironment(ctx, p, e, f); err != nil {
			return err
		}
		if err := tx.writeEnvironment(ctx, e); err != nil {
			return err
		}
		if err := tx.writeVariables(ctx, e, f.Variables); err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, kind, p, e.Name, nil)
	})
	return e, err
}

func (s *Store) checkEnvironment(ctx context.Context, p *MyProject, e *Environment, f EnvironmentForm) error {
	var v Invalid
	e.Name = checkName(&v, "name", f.Name)
	e.NameKey = fold(e.Name)
	e.BaseURL = strings.TrimRight(strings.TrimSpace(f.BaseURL), "/")
	if u, err := url.Parse(e.BaseURL); e.BaseURL != "" && !strings.Contains(e.BaseURL, "{{") &&
		(err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		v.Add("base_url", "base_url_invalid")
	}
	if len(e.BaseURL) > maxBaseURL {
		v.Add("base_url", "base_url_too_long", "max", maxBaseURL)
	}
	var same, all int64
	db := s.read(ctx).Model(&Environment{}).Where("project_id = ? AND id <> ?", p.ID, e.ID)
	if err := db.Session(&gorm.Session{}).Where("name_key = ?", e.NameKey).Count(&same).Error; err != nil {
		return err
	}
	if err := db.Session(&gorm.Session{}).Count(&all).Error; err != nil {
		return err
	}
	if same > 0 {
		v.Add("name", "environment_taken", "name", e.Name)
	}
	if e.ID == 0 && all >= maxEnvironments {
		v.Add("name", "environment_limit", "max", maxEnvironments)
	}
	checkVariables(&v, f.Variables)
	return v.Err()
}

func checkVariables(v *Invalid, rows []VariableForm) {
	if len(rows) > maxVariables {
		v.Add("variables", "variable_limit", "max", maxVariables)
	}
	seen := map[string]bool{}
	for i, r := range rows {
		field := "variables." + strconv.Itoa(i)
		switch {
		case !validVariable(r.Name):
			v.Add(field, "variable_name")
		case seen[r.Name]:
			v.Add(field, "variable_taken", "name", r.Name)
		case r.Shared != nil && len(*r.Shared) > maxValue:
			v.Add(field, "value_too_long", "max", maxValue)
		}
		seen[r.Name] = true
	}
}

// validVariable: letters, digits, "_", "-" and ".", as {{name}} is written.
func validVariable(name string) bool {
	return name != "" && len(name) <= MaxName && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}

func (s *Store) writeEnvironment(ctx context.Context, e *Environment) error {
	e.UpdatedAt = s.Now()
	if e.ID != 0 {
		return s.write(ctx).Select("name", "name_key", "base_url", "updated_at").Updates(e).Error
	}
	e.CreatedAt = e.UpdatedAt
	var last int64
	err := s.read(ctx).Model(&Environment{}).Select("COALESCE(MAX(position), 0)").Where("project_id = ?", e.ProjectID).Scan(&last).Error
	if err != nil {
		return err
	}
	e.Position = last + 1
	return s.write(ctx).Create(e).Error
}

// writeVariables makes the rows the environment's variables. A variable that
// becomes secret or stops being so loses the values that people had for it.
func (s *Store) writeVariables(ctx context.Context, e *Environment, rows []VariableForm) error {
	var old []Variable
	if err := s.read(ctx).Where("environment_id = ?", e.ID).Find(&old).Error; err != nil {
		return err
	}
	left := map[int64]Variable{}
	for _, v := range old {
		left[v.ID] = v
	}
	db := s.write(ctx)
	var save []Variable
	for _, r := range rows {
		v, known := left[r.ID]
		delete(left, r.ID)
		if known && v.Secret != r.Secret {
			if err := db.Where("variable_id = ?", v.ID).Delete(&PersonalValue{}).Error; err != nil {
				return err
			}
			v.Shared, v.Sealed, v.LastFour = "", nil, ""
		}
		v.EnvironmentID, v.Name, v.Secret = e.ID, r.Name, r.Secret
		if r.Shared != nil {
			if err := s.setShared(&v, *r.Shared); err != nil {
				return err
			}
		}
		save = append(save, v)
	}
	for id := range left { // names may move between rows: free them first
		if err := db.Where("id = ?", id).Delete(&Variable{}).Error; err != nil {
			return err
		}
	}
	for i := range save {
		if save[i].ID != 0 {
			if err := db.Model(&Variable{}).Where("id = ?", save[i].ID).Update("name", "\x01"+strconv.FormatInt(save[i].ID, 10)).Error; err != nil {
				return err
			}
		}
	}
	for i := range save {
		if err := db.Save(&save[i]).Error; err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) setShared(v *Variable, value string) error {
	v.Shared, v.Sealed, v.LastFour = value, nil, ""
	if !v.Secret {
		return nil
	}
	v.Shared = ""
	if value == "" {
		return nil
	}
	var err error
	v.Sealed, err = s.seal(sharedContext(v.EnvironmentID), value)
	v.LastFour = lastFour(value)
	return err
}

// lastFour tells a person which secret it is, where it is long enough to keep the rest safe.
func lastFour(value string) string {
	if len(value) < 12 {
		return ""
	}
	return value[len(value)-4:]
}

// DeleteEnvironment removes an environment with all values. Errors: as Project, ErrNotFound.
func (s *Store) DeleteEnvironment(ctx context.Context, actor Actor, projectID, id int64) error {
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, EditContent)
		if err != nil {
			return err
		}
		e, err := tx.Environment(ctx, &p.Project, id)
		if err != nil {
			return err
		}
		if err := tx.write(ctx).Delete(e).Error; err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, AuditEnvironmentDeleted, p, e.Name, nil)
	})
}
