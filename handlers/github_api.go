package handlers

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// Where GitHub says by which key it has signed a message, and how. See GitHub's
// "Secret scanning partner program".
const (
	githubKeyHeader       = "Github-Public-Key-Identifier"
	githubSignatureHeader = "Github-Public-Key-Signature"
)

var (
	errSignature   = &refusal{status: http.StatusForbidden, code: "signature_invalid"}
	errBodyNoArray = &refusal{status: http.StatusBadRequest, code: "bad_request", key: "body_no_array"}
)

// foundSecret is what GitHub tells of a secret that it found.
type foundSecret struct {
	Token string `json:"token"`
	Type  string `json:"type"`
	URL   string `json:"url"`
}

// secretVerdict tells GitHub whether a secret was one.
type secretVerdict struct {
	TokenHash string `json:"token_hash"` // SHA-256 of it, in hexadecimal
	TokenType string `json:"token_type"`
	Label     string `json:"label"`
}

// githubSecretScanning is POST /v1/github/secret-scanning: GitHub tells which
// tokens it found in public, and they are revoked.
func (s *Server) githubSecretScanning(c echo.Context) error {
	call, err := s.publicCall(c, s.scans, "scans")
	if err != nil {
		return err
	}
	body, err := call.signedByGitHub()
	if err != nil {
		return err
	}
	var found []foundSecret
	if !utf8.Valid(body) || json.Unmarshal(body, &found) != nil {
		return errBodyNoArray
	}
	if len(found) > models.MaxLeaked {
		return invalidField("[]", "leaked_too_many", "max", models.MaxLeaked)
	}
	verdicts, err := s.revokeFound(context.WithoutCancel(call.ctx()), call.reporter(), found)
	if err != nil {
		return err
	}
	answer, err := json.Marshal(verdicts)
	if err != nil {
		return err
	}
	return call.blob(http.StatusOK, "application/json", answer)
}

// signedByGitHub returns the body as it was sent, if GitHub has signed it. Nothing
// is made of it before.
func (c *serviceCall) signedByGitHub() ([]byte, error) {
	r := c.Request()
	ids, signatures := r.Header[githubKeyHeader], r.Header[githubSignatureHeader]
	if len(ids) != 1 || len(signatures) != 1 || ids[0] == "" {
		return nil, errSignature
	}
	signature, err := base64.StdEncoding.DecodeString(signatures[0])
	if err != nil {
		return nil, errSignature
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, errBodyEncoding
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, jsonLimit))
	if err != nil {
		return nil, bodyError(err, jsonLimit)
	}
	key, err := c.server.githubKeys.key(c.ctx(), ids[0])
	if err != nil {
		return nil, &models.Error{Code: models.CodeUnavailable, Cause: err}
	}
	hash := sha256.Sum256(body)
	if key == nil || !ecdsa.VerifyASN1(key, hash[:], signature) {
		return nil, errSignature
	}
	return body, nil
}

// maxLeakSource bounds what is kept of where a secret was found, in bytes.
const maxLeakSource = 500

// revokeFound revokes what is known of found, and returns a verdict on each.
func (s *Server) revokeFound(ctx context.Context, actor models.Actor, found []foundSecret) ([]secretVerdict, error) {
	leaks := make([]models.Leak, len(found))
	for i, f := range found {
		leaks[i] = models.Leak{Text: f.Token, Source: "github"}
		if f.URL != "" && len(f.URL) <= maxLeakSource && !strings.ContainsFunc(f.URL, unicode.IsControl) {
			leaks[i].Source += ":" + f.URL
		}
	}
	known, err := s.store.RevokeLeaked(ctx, actor, leaks)
	if err != nil {
		return nil, err
	}
	verdicts := make([]secretVerdict, len(found))
	for i, f := range found {
		hash := sha256.Sum256([]byte(f.Token))
		verdicts[i] = secretVerdict{hex.EncodeToString(hash[:]), f.Type, "false_positive"}
		if known[i] {
			verdicts[i].Label = "true_positive"
		}
	}
	return verdicts, nil
}
