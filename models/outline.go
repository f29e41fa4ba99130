package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// Outline is the tree of a project's description as one page shows it: all folders
// with how much is in them, and what is in one of them.
type Outline struct {
	Folders []OutlineFolder // parents before their children
	Loose   int             // endpoints outside of all folders
	Schemas int
}

// OutlineFolder is a folder of endpoints.
type OutlineFolder struct {
	Folder
	Count int // endpoints in it, without those in folders below
}

// ReadOutline counts what a project's description has.
func (s *Store) ReadOutline(ctx context.Context, p *Project) (*Outline, error) {
	folders, err := s.Folders(ctx, p, EndpointFolder)
	if err != nil {
		return nil, err
	}
	var counts []struct {
		FolderID *int64
		N        int
	}
	err = s.read(ctx).Model(&Endpoint{}).Select("folder_id, COUNT(*) AS n").Where("project_id = ?", p.ID).Group("folder_id").Find(&counts).Error
	if err != nil {
		return nil, err
	}
	out := &Outline{}
	in := map[int64]int{}
	for _, c := range counts {
		if c.FolderID == nil {
			out.Loose = c.N
		} else {
			in[*c.FolderID] = c.N
		}
	}
	for _, f := range folders {
		out.Folders = append(out.Folders, OutlineFolder{f, in[f.ID]})
	}
	var schemas int64
	err = s.read(ctx).Model(&Schema{}).Where("project_id = ?", p.ID).Count(&schemas).Error
	out.Schemas = int(schemas)
	return out, err
}

// Endpoints is how many endpoints the project has.
func (o *Outline) Endpoints() int {
	n := o.Loose
	for _, f := range o.Folders {
		n += f.Count
	}
	return n
}

// EndpointQuery chooses endpoints of a project for a list. With Search, the folder does not matter.
type EndpointQuery struct {
	FolderID int64  // 0: outside of all folders
	Search   string // words that method, path and name hold together
	Around   int64  // a position that the list should hold; 0: from the beginning
}

// FindEndpoints lists endpoints in order, without their exact texts, at most limit.
// More reports whether there are others.
func (s *Store) FindEndpoints(ctx context.Context, p *Project, q EndpointQuery, limit int) (list []Endpoint, more bool, err error) {
	db := s.read(ctx).Omit("raw", "tags").Where("project_id = ?", p.ID)
	switch {
	case q.Search != "":
		db = matchWords(db, "LOWER(method || ' ' || path || ' ' || name)", q.Search)
	case q.FolderID != 0:
		db = db.Where("folder_id = ?", q.FolderID)
	default:
		db = db.Where("folder_id IS NULL")
	}
	return around(db, q.Around, limit, func(e *Endpoint) int64 { return e.Position })
}

// FindSchemas lists schemas in order, without their exact texts, at most limit.
func (s *Store) FindSchemas(ctx context.Context, p *Project, search string, position int64, limit int) (list []Schema, more bool, err error) {
	db := s.read(ctx).Omit("raw").Where("project_id = ?", p.ID)
	if search != "" {
		db = matchWords(db, "LOWER(name)", search)
	}
	return around(db, position, limit, func(x *Schema) int64 { return x.Position })
}

// matchWords wants all words of a search, anywhere in a text in lower case.
func matchWords(db *gorm.DB, text, search string) *gorm.DB {
	words := strings.Fields(strings.ToLower(search))
	for _, word := range words[:min(len(words), 8)] {
		db = db.Where(text+` LIKE ? ESCAPE '\'`, "%"+escapeLike(word)+"%")
	}
	return db
}

// around lists limit rows from the beginning, or from a little before position.
func around[T any](db *gorm.DB, position int64, limit int, at func(*T) int64) ([]T, bool, error) {
	const before = 20
	base := db.Session(&gorm.Session{})
	var list []T
	if err := base.Order("position, id").Limit(limit + 1).Find(&list).Error; err != nil {
		return nil, false, err
	}
	more := len(list) > limit
	if !more || position == 0 || position <= at(&list[limit-1]) {
		return list[:min(len(list), limit)], more, nil
	}
	var earlier, later []T
	if err := base.Where("position < ?", position).Order("position DESC, id DESC").Limit(before).Find(&earlier).Error; err != nil {
		return nil, false, err
	}
	if err := base.Where("position >= ?", position).Order("position, id").Limit(limit - before).Find(&later).Error; err != nil {
		return nil, false, err
	}
	list = list[:0]
	for i := len(earlier) - 1; i >= 0; i-- {
		list = append(list, earlier[i])
	}
	return append(list, later...), true, nil
}

// Tags lists the tags of a project's endpoints, each once, in the order in which
// they are met.
func (s *Store) Tags(ctx context.Context, p *Project) ([]string, error) {
	var rows []Endpoint
	if err := s.read(ctx).Select("tags").Where("project_id = ? AND tags <> '[]'", p.ID).Order("position, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	for _, e := range rows {
		for _, tag := range e.Tags {
			if !seen[tag] {
				seen[tag] = true
				out = append(out, tag)
			}
		}
	}
	return out, nil
}
