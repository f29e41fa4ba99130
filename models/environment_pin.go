package models

import (
	"context"
	"slices"
)

// sharedOrigin is the origin that an environment leads to by the shared values alone.
func (s *Store) sharedOrigin(ctx context.Context, e *Environment) (string, error) {
	return s.EnvironmentOrigin(ctx, &User{}, e) // a person without own values
}

// clearSecrets empties an environment's shared secrets but for those kept, when
// its base URL led to another origin before: whoever moves it would learn them
// there. It returns their names.
func (s *Store) clearSecrets(ctx context.Context, e *Environment, before string, kept func(Variable) bool) ([]string, error) {
	now, err := s.sharedOrigin(ctx, e)
	if err != nil || now == before {
		return nil, err
	}
	var stored []Variable
	if err := s.read(ctx).Where("environment_id = ? AND sealed IS NOT NULL", e.ID).Order("id").Find(&stored).Error; err != nil {
		return nil, err
	}
	stored = slices.DeleteFunc(stored, kept)
	var names []string
	for _, v := range stored {
		names = append(names, v.Name)
		err := s.write(ctx).Model(&Variable{}).Where("id = ?", v.ID).Updates(map[string]any{"sealed": nil, "last_four": ""}).Error
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// retyped tells the variables whose values a form brings.
func retyped(rows []VariableForm) func(Variable) bool {
	return func(v Variable) bool {
		return slices.ContainsFunc(rows, func(r VariableForm) bool { return r.Name == v.Name && r.Shared != nil })
	}
}
