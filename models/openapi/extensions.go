package openapi

import (
	"bytes"
	"slices"
	"strings"
)

// vendorMembers are the extensions of Apidog that Export writes only when asked to,
// without their prefix x-apidog- or x-apifox-. Every other extension always stays.
var vendorMembers = []string{
	"folder", "status", "maintainer", "name", "orders", "ignore-properties", "refs", "overrides",
	"enum", "mock",
}

var vendorWords = [][]byte{[]byte(`"x-apidog`), []byte(`"x-apifox`), []byte(`"x-run-in-ap`)}

// vendorSuffix returns the part of an extension's name after its vendor.
func vendorSuffix(name string) (suffix string, ok bool) {
	for _, prefix := range []string{"x-apidog-", "x-apifox-"} {
		if suffix, ok = strings.CutPrefix(name, prefix); ok {
			return suffix, slices.Contains(vendorMembers, suffix)
		}
	}
	return "", false
}

// clean removes Apidog's extensions from a part, or gives them the wanted prefix.
func (x *exporter) clean(raw Raw, c class) Raw {
	if !slices.ContainsFunc(vendorWords, func(word []byte) bool { return bytes.Contains(raw, word) }) {
		return raw
	}
	n := decode(raw)
	w := walker{visit: func(_ *walker, n *node, c class) { x.cleanNode(n, c) }}
	w.walk(n, c)
	return n.encode()
}

func (x *exporter) cleanNode(n *node, c class) {
	for _, name := range slices.Clone(n.keys) {
		suffix, ok := vendorSuffix(name)
		switch {
		case name == "x-run-in-apidog" || name == "x-run-in-apifox":
			n.take(name) // written anew
		case c == classRequirement && (name == "x-apidog" || name == "x-apifox"), ok:
			if !x.opt.Extensions {
				n.take(name)
			} else if ok {
				n.rename(name, x.prefix()+suffix)
			}
		}
	}
}

// requirements is clean for the root's security.
func (x *exporter) requirements(raw Raw) Raw {
	return get(x.clean(inOperation(raw), classOperation), "security")
}

// Same reports whether two operations, or two schemas, say the same, but for the
// extensions that stand beside Raw in Operation and Component: an export has those
// where the project has them, whether or not the imported text did.
func Same(a, b Raw) bool {
	return bytes.Equal(withoutBeside(a), withoutBeside(b))
}

func withoutBeside(raw Raw) Raw {
	if !slices.ContainsFunc(vendorWords, func(word []byte) bool { return bytes.Contains(raw, word) }) || !isObject(raw) {
		return raw
	}
	for _, name := range []string{"folder", "status", "maintainer"} {
		raw = SetMember(SetMember(raw, "x-apidog-"+name, nil), "x-apifox-"+name, nil)
	}
	return raw
}
