package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminPolicyRoutes(administrator addRoute) {
	administrator("GET", views.PolicyPath, s.policyForm)
	administrator("POST", views.PolicyPath, s.postPolicy)
}

// firstNotice is offered to those who apply a policy to the tokens that are there.
const firstNotice = 30 // days

func (s *Server) policyForm(c echo.Context) error {
	p, _, err := s.page(c)
	if err != nil {
		return err
	}
	policy, err := s.store.CurrentPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	typed := policy.Query()
	for name, values := range (models.PolicyTreatment{Shorten: true, Notice: firstNotice}).Query() {
		typed[name] = values
	}
	typed.Set("existing", "leave")
	return s.show(c, views.AdminPolicyPage(p, s.policyTyped(typed, policy)))
}

func (s *Server) policyTyped(typed url.Values, current *models.TokenPolicy) views.PolicyForm {
	return views.PolicyForm{Typed: typed, Current: *current, LiveLimit: s.store.Limits.LiveTokens}
}

// postPolicy goes one step on: from the form to what it would mean, and from there
// to applying it, or back.
func (s *Server) postPolicy(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	current, err := s.store.CurrentPolicy(ctx)
	if err != nil {
		return err
	}
	r := views.PolicyReview{Form: s.policyTyped(posted, current)}
	var refused views.Errors
	r.New, err = models.ParseTokenPolicy(posted.Get)
	if refused, err = gather(refused, err); err != nil {
		return err
	}
	r.Treatment, err = models.ParsePolicyTreatment(posted.Get)
	if refused, err = gather(refused, err); err != nil {
		return err
	}
	step := posted.Get("step")
	if step == "edit" {
		return s.show(c, views.AdminPolicyPage(p, r.Form))
	}
	if step == "apply" && len(refused) == 0 {
		_, err = s.store.SetPolicy(ctx, s.actor(c, v), r.New, r.Treatment)
		if err == nil {
			return s.done(c, v, views.PolicyPath, views.Flash{Kind: "ok", Key: "flash.policy_saved"})
		}
		r.Conflict = errors.Is(err, models.ErrConflict)
		if refused, err = gather(refused, err); err != nil && !r.Conflict {
			return err
		}
	}
	if len(refused) == 0 {
		impact, err := s.store.PolicyDryRun(ctx, r.New, r.Treatment)
		if refused, err = gather(refused, err); err != nil {
			return err
		}
		if impact != nil {
			r.Impact = *impact
		}
	}
	if len(refused) > 0 {
		r.Form.Errors = refused
		return s.refuse(c, views.AdminPolicyPage(p, r.Form))
	}
	return s.reviewPolicy(c, p, v, r)
}

// gather adds the fields that err refused to others; any other failure it returns.
func gather(refused views.Errors, err error) (views.Errors, error) {
	if fields, ok := fieldsOf(err); ok {
		for _, f := range fields {
			if !slices.ContainsFunc(refused, func(known models.FieldError) bool { return known.Field == f.Field }) {
				refused = append(refused, f)
			}
		}
		return refused, nil
	}
	return refused, err
}

// reviewPolicy shows a dry run beside the policy as it is. After a conflict it is
// made anew from that; where that is what was asked for, somebody has pressed twice.
func (s *Server) reviewPolicy(c echo.Context, p views.Page, v *visit, r views.PolicyReview) error {
	old, err := s.store.CurrentPolicy(c.Request().Context())
	if err != nil {
		return err
	}
	r.Old = *old
	if !r.Conflict {
		return s.show(c, views.PolicyReviewPage(p, r))
	}
	r.New.Version = old.Version
	if r.New.Query().Encode() == old.Query().Encode() {
		return s.done(c, v, views.PolicyPath, views.Flash{Kind: "ok", Key: "flash.policy_saved"})
	}
	r.Form.Typed.Set("version", old.Query().Get("version"))
	return s.renderPage(c, http.StatusConflict, views.PolicyReviewPage(p, r), 0)
}
