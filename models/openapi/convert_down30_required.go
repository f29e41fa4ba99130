package openapi

import "slices"

// required gives an object a property without rules for each name that it requires
// and has no property for. That says the same, and 2.0's validators ask for it.
func (r *down30) required(c *converter, n *node) {
	if n.get("type").text() != "object" || n.get("additionalProperties").is("false") {
		return
	}
	own := n.get("properties")
	missing := slices.DeleteFunc(n.get("required").texts(), own.has)
	if len(missing) == 0 {
		return
	}
	if all := n.get("allOf"); all.isList() {
		inherited := map[string]bool{}
		for _, part := range all.kids {
			c.properties(part.encode(), inherited, map[[2]string]bool{})
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return inherited[name] })
	}
	for _, name := range missing {
		if !own.isObject() {
			own = newObject()
			n.set("properties", own)
		}
		own.set(name, newObject())
	}
}

// properties collects the names of the properties of a schema and of what it is made of.
func (c *converter) properties(schema Raw, names map[string]bool, seen map[[2]string]bool) {
	if target := refTarget(text(get(schema, "$ref"))); target[0] == "schemas" {
		if seen[target] {
			return
		}
		seen[target] = true
		schema = c.components[target]
	}
	for name := range members(get(schema, "properties")) {
		names[name] = true
	}
	for part := range elements(get(schema, "allOf")) {
		c.properties(part, names, seen)
	}
}
