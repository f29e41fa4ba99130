package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// tokenForm adds to a form what it needs around the values: when each offered
// period would end, which of them the policy refuses, the range of days, and the
// sentence for the chosen one. kept is the token that is edited, or nil.
func (s *Server) tokenForm(c echo.Context, v *visit, f views.TokenForm, kept *models.Token) (views.TokenForm, error) {
	policy, err := s.store.CurrentPolicy(c.Request().Context())
	if err != nil {
		return f, err
	}
	f.Policy = policy
	now, zone := s.store.Now(), v.user.Location()
	offer := func(value string, end *time.Time) {
		f.Choices = append(f.Choices, views.ValidityChoice{Value: value, ExpiresAt: end, Refused: policy.EndRefusal(kept, end, now, zone)})
	}
	if kept == nil {
		switch r, err := s.store.Rundown(c.Request().Context(), v.user.ID); {
		case err == nil:
			f.LeavesAt = &r.EndsAt
		case !errors.Is(err, models.ErrNotFound):
			return f, err
		}
	}
	if kept != nil {
		f.TokenID = kept.PublicID
		offer(models.ValidityKeep, kept.ExpiresAt)
	}
	for _, days := range models.ValidityDays {
		var none models.Invalid
		value := strconv.Itoa(days)
		offer(value, models.Expiry(&none, value, "", now, zone))
	}
	offer(models.ValidityNever, nil)
	first, last := models.ExpiryDays(now, zone)
	furthest := models.StartOfDay(last.AddDate(0, 0, 1), zone)
	if refused := policy.EndRefusal(kept, &furthest, now, zone); refused != nil {
		if day, ok := refused.Params["last"].(models.Day); ok {
			last = day.Time
		}
	}
	f.FirstDay, f.LastDay = first.Format(time.DateOnly), last.Format(time.DateOnly)
	if f.Validity == models.ValidityCustom && f.ExpiresOn != "" && f.Errors.For("expires_on") == nil {
		preview := s.preview(v, f.ExpiresOn, policy, kept)
		f.Preview = &preview
	}
	return f, nil
}

// firstValidity is what a new form offers: the usual period, or the longest one
// below it that the policy allows, or else the last day that it allows.
func firstValidity(f views.TokenForm) (validity, expiresOn string) {
	for _, c := range slices.Backward(f.Choices) {
		if c.Refused == nil && c.ExpiresAt != nil && (validity == "" || c.Value == models.DefaultValidity) {
			validity = c.Value
		}
	}
	if validity == "" {
		return models.ValidityCustom, f.LastDay
	}
	return validity, ""
}

// preview tells what a last day would mean for a new token, or for the one that is edited.
func (s *Server) preview(v *visit, expiresOn string, policy *models.TokenPolicy, kept *models.Token) views.ExpiryPreview {
	var refused models.Invalid
	now, zone := s.store.Now(), v.user.Location()
	at := models.Expiry(&refused, models.ValidityCustom, expiresOn, now, zone)
	if len(refused) > 0 {
		return views.ExpiryPreview{Error: &refused[0]}
	}
	if not := policy.EndRefusal(kept, at, now, zone); not != nil {
		not.Field = "expires_on"
		return views.ExpiryPreview{Error: not}
	}
	return views.ExpiryPreview{ExpiresAt: at}
}

// previewExpiry says when a token of the chosen last day would end.
func (s *Server) previewExpiry(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var kept *models.Token
	if id := q.Get("token"); id != "" {
		if kept, err = s.store.Token(ctx, v.user, id); err != nil {
			return err
		}
	}
	policy, err := s.store.CurrentPolicy(ctx)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ExpiryPreviewLine(p, s.preview(v, q.Get("expires_on"), policy, kept)))
}
