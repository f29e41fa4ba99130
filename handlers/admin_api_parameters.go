package handlers

import (
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"tessera/models"
)

// queryParameters are the names that may stand behind the ? of each service that the
// description has, by its method and its path there.
var queryParameters = sync.OnceValues(func() (map[string][]string, error) {
	type parameter struct {
		Ref  string `yaml:"$ref"`
		Name string
		In   string
	}
	type operation struct{ Parameters []parameter }
	var doc struct {
		Paths      map[string]struct{ Get, Post, Put, Patch, Delete operation }
		Components struct{ Parameters map[string]parameter }
	}
	if err := yaml.Unmarshal(openAPISource, &doc); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for path, item := range doc.Paths {
		for method, o := range map[string]operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			for _, p := range o.Parameters {
				if shared, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					p = doc.Components.Parameters[shared]
				}
				if p.In == "query" {
					out[method+" "+path] = append(out[method+" "+path], p.Name)
				}
			}
		}
	}
	return out, nil
})

// knownParameters refuses a call with a parameter that its service does not have: a
// dry run that is misspelt would act, and a filter would choose more than was meant.
func knownParameters(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	known, err := queryParameters()
	if err != nil {
		return err
	}
	var wrong models.Invalid
	for name := range values {
		if !slices.Contains(known[c.Request().Method+" "+strings.ReplaceAll(c.Path(), ":id", "{id}")], name) {
			name = name[:min(len(name), 80)]
			wrong.Add(name, "parameter_unknown")
		}
	}
	return wrong.Err()
}
