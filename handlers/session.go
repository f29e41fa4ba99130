package handlers

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gorilla/sessions"

	"tessera/models"
	"tessera/views"
)

// sessionStore keeps gorilla sessions in rows of the database. The cookie's
// value is random and only its hash is stored, which gorilla's own stores and
// the GORM one can't do, nor can they change it at sign-in.
type sessionStore struct {
	store  *models.Store
	secure bool // cookies go over https only
}

// Keys of what a session holds besides its stored values.
type (
	rowKey  struct{}
	userKey struct{}
)

const flashKey = "flash"

// name of the cookie. The __Host- prefix binds it to this host over https (RFC 6265bis, 4.1.3.2).
func (s *sessionStore) name() string { return s.cookieName("tessera") }

func (s *sessionStore) cookieName(base string) string {
	if s.secure {
		return "__Host-" + base
	}
	return base
}

// Get implements sessions.Store: the session of this request, loaded once.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store. The error is models.ErrNotFound when the
// cookie belongs to no live session.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = &sessions.Options{
		Path: "/", MaxAge: int(s.store.Limits.SessionMax.Seconds()), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	cookie, err := r.Cookie(name)
	if err != nil || cookie.Value == "" {
		return session, nil
	}
	row, user, err := s.store.SessionBySecret(r.Context(), cookie.Value)
	if err != nil {
		return session, err
	}
	session.ID, session.IsNew = cookie.Value, false
	session.Values[rowKey{}], session.Values[userKey{}] = row, user
	if len(row.Data) > 0 {
		var flash views.Flash
		if err := json.Unmarshal(row.Data, &flash); err == nil {
			session.AddFlash(&flash, flashKey)
		}
	}
	return session, nil
}

// Save implements sessions.Store: it writes the values to the row, and the
// cookie when its value is new.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	row, _ := rowsOf(session)
	if row == nil {
		return errors.New("a session without a person is not kept")
	}
	data := []byte{}
	if flashes, _ := session.Values[flashKey].([]any); len(flashes) > 0 {
		var err error
		if data, err = json.Marshal(flashes[0]); err != nil {
			return err
		}
	}
	row.Data = data
	if err := s.store.SaveSessionData(r.Context(), row); err != nil {
		return err
	}
	if session.ID != row.Secret {
		session.ID = row.Secret
		http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	}
	return nil
}

// attach makes row the session's, after sign-in or renewal; Save sends the cookie.
func attach(session *sessions.Session, row *models.Session, user *models.User) {
	session.Values[rowKey{}], session.Values[userKey{}] = row, user
	session.IsNew = false
}

func (s *sessionStore) clearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.name(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

func rowsOf(session *sessions.Session) (*models.Session, *models.User) {
	row, _ := session.Values[rowKey{}].(*models.Session)
	user, _ := session.Values[userKey{}].(*models.User)
	return row, user
}

// takeFlash removes the message that the last post left.
func takeFlash(session *sessions.Session) *views.Flash {
	for _, f := range session.Flashes(flashKey) {
		if flash, ok := f.(*views.Flash); ok {
			return flash
		}
	}
	return nil
}
