package models

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

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

// SaveEnvironment makes (id 0) or changes an environment and its variables as
// one. Shared secrets stay with the origin they were entered for: where the base
// URL leads to another one, those that the form doesn't bring anew are cleared.
// Errors: as Project, ErrNotFound, CodeInvalid: fields "name", "base_url",
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
		var variables []Variable
		if id != 0 {
			kind = AuditEnvironmentChanged
			if e, err = tx.Environment(ctx, &p.Project, id); err != nil {
				return err
			}
			if err := tx.read(ctx).Where("environment_id = ?", id).Order("id").Find(&variables).Error; err != nil {
				return err
			}
		}
		old := *e
		origin, err := tx.sharedOrigin(ctx, e)
		if err != nil {
			return err
		}
		if err := tx.checkEnvironment(ctx, p, e, f); err != nil {
			return err
		}
		if err := tx.writeEnvironment(ctx, e); err != nil {
			return err
		}
		if err := tx.writeVariables(ctx, e, variables, f.Variables); err != nil {
			return err
		}
		if e.ClearedSecrets, err = tx.clearSecrets(ctx, e, origin, retyped(f.Variables)); err != nil {
			return err
		}
		if id == 0 {
			old.Name = e.Name // a new one's name is the event's label
		}
		changes := old.differences(e, variables, f.Variables)
		if id != 0 && len(changes) == 0 {
			return nil
		}
		return tx.auditContent(ctx, actor, kind, p, e.Name, changes)
	})
	return e, err
}

// differences lists what a form changes, for the audit log: of variables the names only.
func (e *Environment) differences(to *Environment, variables []Variable, rows []VariableForm) AuditChanges {
	before := map[int64]Variable{}
	var old, now, set []string
	for _, v := range variables {
		before[v.ID] = v
		old = append(old, v.Name)
	}
	for _, r := range rows {
		now = append(now, r.Name)
		v := before[r.ID]
		if r.Shared != nil && (r.Secret || *r.Shared != v.Shared) || v.ID != 0 && v.Secret != r.Secret {
			set = append(set, r.Name)
		}
	}
	var c AuditChanges
	for _, d := range []AuditChange{
		{Field: "name", Old: e.Name, New: to.Name},
		{Field: "base_url", Old: e.BaseURL, New: to.BaseURL},
		{Field: "variables", Old: strings.Join(old, ", "), New: strings.Join(now, ", ")},
		{Field: "values", New: strings.Join(set, ", ")},
		{Field: "secrets_cleared", New: strings.Join(to.ClearedSecrets, ", ")},
	} {
		if d.Old != d.New {
			c = append(c, d)
		}
	}
	return c
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
func (s *Store) writeVariables(ctx context.Context, e *Environment, old []Variable, rows []VariableForm) error {
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
