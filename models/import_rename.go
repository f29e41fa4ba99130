package models

import (
	"strconv"
	"strings"

	"tessera/models/openapi"
)

// renameComponents finds a free name for each schema of the document whose name is
// taken, and for every other component that is not what stands under its name
// already. Those that refer to a renamed one have changed by that, so it looks again.
func (im *importer) renameComponents() {
	stored := map[[2]string]*Part{}
	taken := map[[2]string]bool{}
	for i := range im.before.parts {
		p := &im.before.parts[i]
		if kind, ok := strings.CutPrefix(p.Kind, partComponent); ok {
			stored[[2]string{kind, p.Name}], taken[[2]string{kind, p.Name}] = p, true
		}
	}
	for name := range im.schemas {
		taken[[2]string{schemasKind, name}] = true
	}
	for _, c := range im.doc.Components {
		taken[[2]string{c.Kind, c.Name}] = true
	}
	clashes := func(c *openapi.Component) bool {
		if c.Kind == schemasKind {
			return im.schemas[c.Name] != nil
		}
		old := stored[[2]string{c.Kind, c.Name}]
		return old != nil && (old.Dialect != c.Dialect || !sameText(string(c.Raw), old.Raw))
	}
	for {
		names := map[[2]string]string{}
		for i := range im.doc.Components {
			if c := &im.doc.Components[i]; clashes(c) {
				names[[2]string{c.Kind, c.Name}] = freeName(taken, c.Kind, c.Name)
			}
		}
		if len(names) == 0 {
			return
		}
		im.doc.RenameComponents(names)
	}
}

// freeName returns the name with the first number that is not taken, and takes it.
func freeName(taken map[[2]string]bool, kind, name string) string {
	for n := 2; ; n++ {
		free := [2]string{kind, name + "_" + strconv.Itoa(n)}
		if !taken[free] {
			taken[free] = true
			return free[1]
		}
	}
}
