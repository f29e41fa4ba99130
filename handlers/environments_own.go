package handlers

import (
	"errors"
	"strconv"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) savePersonal(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	p, v, m, e, err := s.ownEnvironment(c, models.ViewProject)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	f, err := s.environmentForm(ctx, v.user, e)
	if err != nil {
		return err
	}
	err = s.store.Tx(ctx, func(tx *models.Store) error {
		for i, r := range f.Personal {
			name := "value-" + strconv.FormatInt(r.ID, 10)
			value := posted.Get(name)
			forget := posted.Get("forget-"+name) != ""
			if !posted.Has(name) || r.Secret && value == "" && !forget || !r.Secret && r.Personal != nil && r.Personal.Value == value ||
				!r.Secret && r.Personal == nil && value == "" {
				continue
			}
			if forget {
				value = ""
			}
			err := tx.SetPersonal(ctx, s.actor(c, v), m.Project.ID, e.ID, r.ID, value)
			if fields, ok := fieldsOf(err); ok {
				fields[0].Field = name
				f.Own = append(f.Own, fields[0])
				if !r.Secret {
					f.Personal[i].Typed = value
				}
				continue
			}
			if err != nil {
				return err
			}
		}
		if len(f.Own) > 0 {
			return models.ErrInvalid // nothing is stored
		}
		return nil
	})
	if len(f.Own) > 0 {
		if m.Can(models.EditContent) {
			f = withEmptyRows(f)
		}
		return s.refuse(c, views.EnvironmentPage(p, m, f))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, environmentPath(m, e.ID), views.Flash{Kind: "ok", Key: "flash.values_saved"})
}

func (s *Server) repinPersonal(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	_, v, m, e, err := s.ownEnvironment(c, models.ViewProject)
	if err != nil {
		return err
	}
	origin := posted.Get("origin")
	err = s.store.RepinPersonal(c.Request().Context(), s.actor(c, v), m.Project.ID, e.ID, origin)
	if errors.Is(err, models.ErrConflict) { // changed since the page was made: it asks anew
		return s.done(c, v, environmentPath(m, e.ID), views.Flash{Kind: "warn", Key: "flash.origin_changed"})
	}
	if err != nil {
		return err
	}
	return s.done(c, v, environmentPath(m, e.ID), views.Flash{Kind: "ok", Key: "flash.origin_allowed", Params: map[string]any{"origin": origin}})
}
