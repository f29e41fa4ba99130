package handlers

import (
	_ "embed" // for the description
	"encoding/json"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"
)

// The description of the API is kept by hand; a test holds it against the
// routes and the answers.
//
//go:embed openapi.yaml
var openAPISource []byte

// openAPI is the description as JSON.
var openAPI = sync.OnceValues(func() ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(openAPISource, &doc); err != nil {
		return nil, err
	}
	return json.MarshalIndent(doc, "", "  ")
})

func (s *Server) openAPIYAML(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openAPISource)
}

func (s *Server) openAPIJSON(c echo.Context) error {
	b, err := openAPI()
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, b)
}
