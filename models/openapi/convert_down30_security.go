package openapi

import (
	"net/url"
	"strings"
)

// scheme rewrites a security scheme.
func (r *down30) scheme(c *converter, n *node) {
	switch n.get("type").text() {
	case "http":
		if strings.EqualFold(n.take("scheme").text(), "basic") {
			n.set("type", newText("basic"))
			break
		}
		c.omit("bearer")
		inHeader(n)
	case "oauth2":
		r.flow(c, n)
	}
	n.take("bearerFormat")
}

// inHeader makes a scheme that 2.0 can't say what it comes to for a client: a value
// in the header Authorization.
func inHeader(n *node) {
	n.set("type", newText("apiKey"))
	n.set("in", newText("header"))
	n.set("name", newText("Authorization"))
}

func (r *down30) flow(c *converter, n *node) {
	before := n.clone()
	flows := n.take("flows")
	for _, name := range []string{"accessCode", "implicit", "password", "application"} {
		flow := flows.get(flows20[name])
		if !flow.isObject() {
			continue
		}
		if n.has("flow") {
			c.omit("flows/" + flows20[name])
			continue
		}
		if flow.has("refreshUrl") {
			c.omit("refreshUrl")
		}
		n.set("flow", newText(name))
		for _, member := range []string{"authorizationUrl", "tokenUrl", "scopes"} {
			flow.move(n, member, member)
		}
		if !n.has("scopes") {
			n.set("scopes", newObject())
		}
	}
	for _, member := range []string{"authorizationUrl", "tokenUrl"} {
		if !c.absolute(n, member) {
			for _, gone := range []string{"flow", "authorizationUrl", "tokenUrl", "scopes"} {
				n.take(gone)
			}
			c.omit("oauth2", before)
			inHeader(n)
			return
		}
	}
}

// absolute makes an address absolute, which 2.0 asks for, by the first server. It
// reports false when there is none to do so.
func (c *converter) absolute(n *node, name string) bool {
	address := n.get(name)
	if address == nil || isAbsolute(address.text()) {
		return true
	}
	if len(c.doc.Servers) == 0 {
		return false
	}
	s := c.doc.Servers[0]
	base, err := url.Parse(fillVariables(s.URL, get(s.Raw, "variables")))
	if err != nil || !base.IsAbs() {
		return false
	}
	whole, err := base.Parse(address.text())
	if err == nil {
		n.set(name, newText(whole.String()))
	}
	return err == nil
}

func isAbsolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.IsAbs()
}

// externalDocs drops a link that leads nowhere by itself.
func externalDocs(c *converter, n *node) {
	if docs := n.get("externalDocs"); docs.isObject() && !c.absolute(docs, "url") {
		c.omit("externalDocs", n.take("externalDocs"))
	}
}

// urls does so for the links of the root.
func (r *down30) urls(c *converter, m Member) Raw {
	n := decode(m.Raw)
	switch m.Name {
	case "externalDocs":
		return c.rootAs(m, func(root *node) { externalDocs(c, root) })
	case "tags":
		for _, tag := range n.kids {
			externalDocs(c, tag)
		}
	case "info":
		for _, name := range []string{"contact", "license"} {
			if who := n.get(name); !c.absolute(who, "url") {
				c.omit(name+"/url", who.take("url"))
			}
		}
	}
	return n.encode()
}
