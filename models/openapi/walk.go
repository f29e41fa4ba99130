package openapi

import (
	"slices"
	"strconv"
	"strings"
)

// class is the kind of object that stands at a place of a description.
type class uint8

const (
	classOther class = iota
	classPathItem
	classOperation
	classParameter
	classHeader
	classRequestBody
	classResponse
	classMediaType
	classEncoding
	classCallback
	classExample
	classLink
	classSchema
	classSecurityScheme
	classRequirement
)

// place is what stands under a member: an object of a class, or a list or map of
// them.
type place struct {
	class class
	many  many
}

type many uint8

const (
	one       many = iota
	inList         // a list
	inMap          // a map from names
	oneOrList      // either one or a list
	inMapToo       // a map from names in which lists may stand instead
)

// places says what stands where, for all dialects together. What is not listed is
// data: examples, defaults, extensions.
var places = map[class]map[string]place{
	classPathItem: withMethods(map[string]place{"parameters": {classParameter, inList}}),
	classOperation: {
		"parameters":  {classParameter, inList},
		"requestBody": {classRequestBody, one},
		"responses":   {classResponse, inMap},
		"callbacks":   {classCallback, inMap},
		"security":    {classRequirement, inList},
	},
	classParameter: {
		"schema":   {classSchema, one},
		"items":    {classSchema, one},
		"content":  {classMediaType, inMap},
		"examples": {classExample, inMap},
	},
	classHeader: {
		"schema":   {classSchema, one},
		"items":    {classSchema, one},
		"content":  {classMediaType, inMap},
		"examples": {classExample, inMap},
	},
	classRequestBody: {"content": {classMediaType, inMap}},
	classResponse: {
		"headers": {classHeader, inMap},
		"content": {classMediaType, inMap},
		"links":   {classLink, inMap},
		"schema":  {classSchema, one},
	},
	classMediaType: {
		"schema":   {classSchema, one},
		"examples": {classExample, inMap},
		"encoding": {classEncoding, inMap},
	},
	classEncoding: {"headers": {classHeader, inMap}},
	classSchema: {
		"properties":            {classSchema, inMap},
		"patternProperties":     {classSchema, inMap},
		"$defs":                 {classSchema, inMap},
		"definitions":           {classSchema, inMap},
		"dependentSchemas":      {classSchema, inMap},
		"dependencies":          {classSchema, inMapToo},
		"items":                 {classSchema, oneOrList},
		"prefixItems":           {classSchema, inList},
		"additionalItems":       {classSchema, one},
		"unevaluatedItems":      {classSchema, one},
		"contains":              {classSchema, one},
		"additionalProperties":  {classSchema, one},
		"unevaluatedProperties": {classSchema, one},
		"propertyNames":         {classSchema, one},
		"contentSchema":         {classSchema, one},
		"allOf":                 {classSchema, inList},
		"anyOf":                 {classSchema, inList},
		"oneOf":                 {classSchema, inList},
		"not":                   {classSchema, one},
		"if":                    {classSchema, one},
		"then":                  {classSchema, one},
		"else":                  {classSchema, one},
	},
}

func withMethods(m map[string]place) map[string]place {
	for _, method := range methods {
		m[method] = place{classOperation, one}
	}
	return m
}

var componentClasses = map[string]class{
	"schemas": classSchema, "responses": classResponse, "parameters": classParameter,
	"examples": classExample, "requestBodies": classRequestBody, "headers": classHeader,
	"securitySchemes": classSecurityScheme, "links": classLink, "callbacks": classCallback,
	"pathItems": classPathItem,
}

// walker visits the objects of a part, the inner ones first. Booleans in the place
// of a schema are visited too. The visit may rewrite the node it is given.
type walker struct {
	at    []string // names that lead to the node
	visit func(w *walker, n *node, c class)
}

func (w *walker) pointer() string { return pointer(w.at...) }

func (w *walker) walk(n *node, c class) {
	if n.isObject() {
		// The visit of a kid may not add to n, but a copy costs little.
		for i, name := range slices.Clone(n.keys) {
			if p := placeOf(c, name); p.class != classOther {
				w.at = append(w.at, name)
				w.place(n.kids[i], p)
				w.at = w.at[:len(w.at)-1]
			}
		}
	}
	if n.isObject() || c == classSchema && n.raw != nil && !n.isString() {
		w.visit(w, n, c)
	}
}

func placeOf(c class, name string) place {
	if c == classCallback {
		if strings.HasPrefix(name, "x-") || name == "$ref" {
			return place{}
		}
		return place{classPathItem, one}
	}
	return places[c][name]
}

func (w *walker) place(n *node, p place) {
	switch p.many {
	case inMap, inMapToo:
		if !n.isObject() {
			return
		}
		for i, name := range n.keys {
			if p.many == inMapToo && n.kids[i].list || p.class != classSchema && strings.HasPrefix(name, "x-") && p.class != classHeader {
				continue
			}
			w.at = append(w.at, name)
			w.walk(n.kids[i], p.class)
			w.at = w.at[:len(w.at)-1]
		}
	case inList:
		w.list(n, p.class)
	case oneOrList:
		if n.isList() {
			w.list(n, p.class)
			return
		}
		w.walk(n, p.class)
	default:
		w.walk(n, p.class)
	}
}

func (w *walker) list(n *node, c class) {
	if !n.isList() {
		return
	}
	for i, kid := range n.kids {
		w.at = append(w.at, strconv.Itoa(i))
		w.walk(kid, c)
		w.at = w.at[:len(w.at)-1]
	}
}
