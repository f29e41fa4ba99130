package handlers

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"tessera/models"
)

// each makes a list of answers of a list of rows; it is never null.
func each[T, A any](all []T, answer func(*T) A) []A {
	out := make([]A, 0, len(all))
	for i := range all {
		out = append(out, answer(&all[i]))
	}
	return out
}

func orZero(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

// listOf is the list, never null.
func listOf(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

const (
	usualPage = 100
	maxPage   = 1000
)

// place is where a row stands in its list: by position, then by id.
type place struct{ position, id int64 }

func (p place) after(q place) bool {
	return p.position > q.position || p.position == q.position && p.id > q.id
}

// page answers with the part of a list that limit and cursor choose. The list is
// in the order of at.
func page[T, A any](c *serviceCall, all []T, at func(*T) place, answer func(*T) A) error {
	limit, start, err := c.window()
	if err != nil {
		return err
	}
	if start != nil {
		i := slices.IndexFunc(all, func(row T) bool { return at(&row).after(*start) })
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	e := envelope{Success: true, NextCursor: new(string)}
	if len(all) > limit {
		all = all[:limit]
		last := at(&all[limit-1])
		*e.NextCursor = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.position, last.id))
	}
	e.Data = each(all, answer)
	return c.envelope(http.StatusOK, e)
}

// inProject reads what a project has.
func inProject[T any](c *serviceCall, read func(context.Context, *models.Project) ([]T, error)) ([]T, error) {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return nil, err
	}
	return read(c.ctx(), &p.Project)
}

// window reads limit and cursor.
func (c *serviceCall) window() (limit int, start *place, err error) {
	var wrong models.Invalid
	limit = c.limit(&wrong)
	if text := c.QueryParam("cursor"); text != "" {
		start = &place{}
		plain, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			_, err = fmt.Sscanf(string(plain), "%d.%d", &start.position, &start.id)
		}
		if err != nil {
			wrong.Add("cursor", "cursor_unusable")
		}
	}
	return limit, start, wrong.Err()
}

// limit reads how many rows a page may have.
func (c *serviceCall) limit(wrong *models.Invalid) int {
	text := c.QueryParam("limit")
	if text == "" {
		return usualPage
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxPage {
		wrong.Add("limit", "limit_unusable", "max", maxPage)
	}
	return limit
}
