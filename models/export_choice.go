package models

import "context"

// ChosenEndpoints lists those of a project's endpoints that have one of these ids, in
// order, without their exact texts.
func (s *Store) ChosenEndpoints(ctx context.Context, p *Project, ids []int64) ([]Endpoint, error) {
	var list []Endpoint
	if len(ids) == 0 {
		return nil, nil
	}
	err := s.read(ctx).Omit("raw", "tags").Where("project_id = ? AND id IN ?", p.ID, ids).Order("position, id").Find(&list).Error
	return list, err
}

// MatchEndpoints lists endpoints of all folders, without their exact texts, whose
// method, path and name together hold the words of a search; "" finds all. More
// reports whether there are others than the first limit.
func (s *Store) MatchEndpoints(ctx context.Context, p *Project, search string, limit int) (list []Endpoint, more bool, err error) {
	db := matchWords(s.read(ctx).Omit("raw", "tags").Where("project_id = ?", p.ID), "LOWER(method || ' ' || path || ' ' || name)", search)
	return around(db, 0, limit, func(e *Endpoint) int64 { return e.Position })
}
