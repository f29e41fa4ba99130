package handlers

import (
	"errors"
	"net/http"
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
	for i, r := range f.Personal {
		if !r.Secret {
			f.Personal[i].Typed = posted.Get(ownField(r))
		}
	}
	err = s.store.Tx(ctx, func(tx *models.Store) error {
		for _, secrets := range []bool{true, false} { // first: the others may lead the base URL elsewhere
			for _, r := range f.Personal {
				name := ownField(r)
				value := posted.Get(name)
				forget := posted.Get("forget-"+name) != ""
				if r.Secret != secrets || !posted.Has(name) || r.Secret && value == "" && !forget || !r.Secret && r.Personal != nil && r.Personal.Value == value ||
					!r.Secret && r.Personal == nil && value == "" {
					continue
				}
				if forget {
					value = ""
				}
				err := tx.SetPersonal(ctx, s.actor(c, v), m.Project.ID, e.ID, r.ID, value, posted.Get("origin"))
				if fields, ok := fieldsOf(err); ok {
					fields[0].Field = name
					f.Own = append(f.Own, fields[0])
					continue
				}
				if err != nil {
					return err
				}
			}
		}
		if len(f.Own) > 0 {
			return models.ErrInvalid // nothing is stored
		}
		return nil
	})
	conflict := errors.Is(err, models.ErrConflict) // with the page that was shown
	if conflict || len(f.Own) > 0 {
		if m.Can(models.EditContent) {
			f = withEmptyRows(f)
		}
		if conflict {
			p.Flash = &views.Flash{Kind: "warn", Key: "flash.origin_changed"}
			return s.renderPage(c, http.StatusConflict, views.EnvironmentPage(p, m, f), 0)
		}
		return s.refuse(c, views.EnvironmentPage(p, m, f))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, environmentPath(m, e.ID), views.Flash{Kind: "ok", Key: "flash.values_saved"})
}

func ownField(r views.PersonalRow) string { return "value-" + strconv.FormatInt(r.ID, 10) }

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
