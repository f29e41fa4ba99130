package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// exportPage is how many tokens an export reads at a time.
const exportPage = 1000

// adminExport is one token in an export. Its members are the columns of the CSV file.
type adminExport struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	LastFour       string     `json:"lastFour"`
	Status         string     `json:"status"`
	OwnerID        int64      `json:"ownerId"`
	Owner          string     `json:"owner"`
	OwnerEmail     string     `json:"ownerEmail"`
	OwnerDisabled  bool       `json:"ownerDisabled"`
	Administration bool       `json:"administration"`
	CreatedAt      time.Time  `json:"createdAt"`
	ExpiresAt      *time.Time `json:"expiresAt"`
	RevokedAt      *time.Time `json:"revokedAt"`
	PausedAt       *time.Time `json:"pausedAt"`
	RevokeAt       *time.Time `json:"revokeAt"`
	LastUsedAt     *time.Time `json:"lastUsedAt"`
	LastAddress    string     `json:"lastUsedAddress"`
	LastClient     string     `json:"lastUsedClient"`
	RefusedAt      *time.Time `json:"refusedAt"`
	Requests30     int64      `json:"requests30Days"`
}

var adminExportHead = []string{"id", "name", "lastFour", "status", "ownerId", "owner", "ownerEmail", "ownerDisabled", "administration", "createdAt",
	"expiresAt", "revokedAt", "pausedAt", "revokeAt", "lastUsedAt", "lastUsedAddress", "lastUsedClient", "refusedAt", "requests30Days"}

func newAdminExport(t *models.AdminToken, now time.Time) adminExport {
	return adminExport{
		ID: t.PublicID, Name: t.Name, LastFour: t.LastFour, Status: string(t.StatusUTC(now)),
		OwnerID: t.UserID, Owner: t.OwnerName, OwnerEmail: t.OwnerEmail, OwnerDisabled: t.OwnerDisabled, Administration: t.Administration,
		CreatedAt: t.CreatedAt.UTC(), ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt, PausedAt: t.PausedAt, RevokeAt: t.RevokeAt,
		LastUsedAt: t.LastUsedAt, LastAddress: t.LastUsedAddress, LastClient: t.LastUsedClient,
		RefusedAt: t.RefusedAt, Requests30: t.Requests30,
	}
}

func (e adminExport) row() []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	return []string{e.ID, e.Name, e.LastFour, e.Status, decimal(e.OwnerID), e.Owner, e.OwnerEmail, strconv.FormatBool(e.OwnerDisabled),
		strconv.FormatBool(e.Administration), at(&e.CreatedAt), at(e.ExpiresAt), at(e.RevokedAt), at(e.PausedAt), at(e.RevokeAt),
		at(e.LastUsedAt), e.LastAddress, e.LastClient, at(e.RefusedAt), strconv.FormatInt(e.Requests30, 10)}
}

func (s *Server) adminTokensCSV(c echo.Context) error {
	q, err := exportQuery(c)
	if err != nil {
		return err
	}
	return s.streamCSV(c, "tokens.csv", adminExportHead, func(ctx context.Context, write func([]string) error) error {
		return s.eachAdminToken(ctx, q, func(e adminExport) error { return write(e.row()) })
	})
}

func (s *Server) adminTokensJSON(c echo.Context) error {
	q, err := exportQuery(c)
	if err != nil {
		return err
	}
	return s.streamJSON(c, "tokens.json", func(ctx context.Context, write func(any) error) error {
		return s.eachAdminToken(ctx, q, func(e adminExport) error { return write(e) })
	})
}

func exportQuery(c echo.Context) (models.AdminQuery, error) {
	asked, err := query(c)
	if err != nil {
		return models.AdminQuery{}, err
	}
	q, err := adminQuery(asked)
	if err != nil {
		return q, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	q.Before, q.After, q.Last, q.Limit = "", "", false, exportPage
	return q, nil
}

// eachAdminToken goes through all tokens of a list, in its order.
func (s *Server) eachAdminToken(ctx context.Context, q models.AdminQuery, f func(adminExport) error) error {
	err := s.store.EachAdminToken(ctx, q, func(t *models.AdminToken) error { return f(newAdminExport(t, s.store.Now())) })
	if errors.Is(err, models.ErrInvalid) {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	return err
}
