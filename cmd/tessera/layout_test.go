package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is what the packages of one folder may import, besides the standard
// library and modules that no rule speaks of.
type layer struct {
	folder string
	may    []string // folders of this module; their subfolders too
	never  []string // import paths and what lies below them
}

// layers lists the architecture, a folder before the one around it: the first
// that holds a package counts.
var layers = []layer{
	{folder: "cmd/bench", may: []string{"models"}}, // no part of the product: its baselines are bare Echo and GORM
	{folder: "cmd", may: []string{"handlers", "views", "models"}, never: []string{orm, router, sessions}},
	{folder: "handlers", may: []string{"handlers", "views", "models", "static"}, never: []string{orm}},
	{folder: "views", may: []string{"views", "models", "static"}, never: []string{orm, router, sessions}},
	{folder: "models/outbound", may: []string{"models"}, never: []string{orm, templates, router, sessions}}, // the one client for addresses that people give
	{folder: "models/token", never: []string{anyModule}},
	{folder: "models", may: []string{"models"}, never: []string{"net/http", templates, router, sessions}},
	{folder: "static", never: []string{anyModule}},
}

const (
	orm       = "gorm.io"
	router    = "github.com/labstack/echo"
	sessions  = "github.com/gorilla/sessions"
	templates = "github.com/a-h/templ"
	anyModule = "any module" // the standard library alone
	module    = "tessera"
)

func TestImportsFlowOneWay(t *testing.T) {
	// -e: a package that does not build fails elsewhere, and still has imports.
	list := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
	list.Dir = "../.."
	var problem strings.Builder
	list.Stderr = &problem
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, &problem)
	}
	for line := range strings.Lines(string(out)) {
		packages := strings.Fields(line)
		for _, imported := range packages[1:] {
			if why := refused(packages[0], imported); why != "" {
				t.Errorf("%s imports %s: %s", packages[0], imported, why)
			}
		}
	}
}

func TestImportsThatAreRefused(t *testing.T) {
	for _, pair := range [][2]string{
		{"tessera/models", "net/http"},
		{"tessera/models", "tessera/views"},
		{"tessera/models/modeltest", "github.com/labstack/echo/v4"},
		{"tessera/models/token", "tessera/models"},
		{"tessera/models/token", "golang.org/x/crypto/argon2"},
		{"tessera/views", "gorm.io/gorm"},
		{"tessera/views", "tessera/handlers"},
		{"tessera/handlers", "gorm.io/gorm"},
		{"tessera/handlers", "tessera/cmd/tessera"},
		{"tessera/cmd/tessera", "github.com/labstack/echo/v4"},
		{"tessera/cmd/tessera", "tessera/static"},
		{"tessera/static", "tessera/models"},
		{"tessera/elsewhere", "fmt"},
	} {
		if refused(pair[0], pair[1]) == "" {
			t.Errorf("%s may import %s", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"tessera/models", "gorm.io/gorm"},
		{"tessera/models", "tessera/models/token"},
		{"tessera/models/token", "hash/crc32"},
		{"tessera/views", "github.com/a-h/templ"},
		{"tessera/handlers", "github.com/labstack/echo/v4"},
		{"tessera/static", "net/http"},
	} {
		if why := refused(pair[0], pair[1]); why != "" {
			t.Errorf("%s may not import %s: %s", pair[0], pair[1], why)
		}
	}
}

// refused says why a package must not import another, or nothing when it may.
func refused(pkg, imported string) string {
	i := slices.IndexFunc(layers, func(l layer) bool { return below(pkg, module+"/"+l.folder) })
	if i < 0 {
		return "no rule speaks of this folder"
	}
	l := layers[i]
	if below(imported, module) {
		if !slices.ContainsFunc(l.may, func(folder string) bool { return below(imported, module+"/"+folder) }) {
			return "of this module " + l.folder + " may import: " + strings.Join(l.may, ", ")
		}
		return ""
	}
	// A path whose first part has a dot is a module's; the others are the standard library's.
	first, _, _ := strings.Cut(imported, "/")
	if slices.Contains(l.never, anyModule) && strings.Contains(first, ".") {
		return l.folder + " uses the standard library alone"
	}
	if slices.ContainsFunc(l.never, func(path string) bool { return below(imported, path) }) {
		return "not in " + l.folder
	}
	return ""
}

// below reports whether an import path is the other one or lies below it.
func below(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}
