package openapi

// SchemaView is a schema. A zero one accepts anything.
type SchemaView struct {
	Ref        string // name in the project of the schema that is referred to
	Unresolved string // a reference that leads elsewhere or nowhere
	Folded     bool   // there is more behind Ref, or here, that is not described in place
	Never      bool   // accepts nothing (the schema "false")

	Types                           []string // without null
	Nullable                        bool
	Title, Description              string
	Format                          string
	Enum                            []Raw
	MoreEnum                        int // values that are left out
	Const, Default                  Raw
	Examples                        []Raw
	Rules                           []RuleView
	Deprecated, ReadOnly, WriteOnly bool
	Docs                            *LinkView

	Properties                []PropertyView
	MoreProperties            int          // properties that are left out
	Additional                *SchemaView  // of other properties; nil when nothing is said
	Closed                    bool         // no other properties
	Items                     *SchemaView  // of an array
	Prefix                    []SchemaView // of a tuple
	AllOf, AnyOf, OneOf       []SchemaView
	Not, Contains             *SchemaView
	If, Then, Else            *SchemaView
	Discriminator             string
	ContentType, ContentCoded string // contentMediaType, contentEncoding
}

// PropertyView is a property of an object.
type PropertyView struct {
	Name     string
	Required bool
	Pattern  bool // Name is a pattern of names
	Schema   *SchemaView
}

// RuleView is a constraint by its keyword, such as maxLength, and its value.
type RuleView struct {
	Name  string
	Value Raw
}

// Type is the first of a schema's types, guessed from its keywords where none is given.
func (s *SchemaView) Type() string {
	switch {
	case s == nil:
		return ""
	case len(s.Types) > 0:
		return s.Types[0]
	case len(s.Properties) > 0 || s.Additional != nil:
		return "object"
	case s.Items != nil || len(s.Prefix) > 0:
		return "array"
	}
	for _, part := range s.AllOf {
		if t := part.Type(); t != "" {
			return t
		}
	}
	switch {
	case s.Const != nil:
		return typeOf(s.Const)
	case len(s.Enum) > 0:
		return typeOf(s.Enum[0])
	}
	return ""
}

// typeOf is the type of a value, "" for null.
func typeOf(r Raw) string {
	switch {
	case isString(r):
		return "string"
	case isObject(r):
		return "object"
	case isArray(r):
		return "array"
	case isNull(r):
		return ""
	case r[0] == 't' || r[0] == 'f':
		return "boolean"
	}
	return "number"
}

// IsFile reports whether values are the bytes of a file.
func (s *SchemaView) IsFile() bool {
	return s != nil && (s.Format == "binary" || s.Type() == "file" || s.ContentType == "application/octet-stream" && s.ContentCoded == "")
}

// Merged lists the properties of an object with those of all parts that it combines;
// of two with one name the last.
func (s *SchemaView) Merged() []PropertyView {
	var out []PropertyView
	at := map[string]int{}
	var add func(s *SchemaView, depth int)
	add = func(s *SchemaView, depth int) {
		if depth > maxInPlace {
			return
		}
		for i := range s.AllOf {
			add(&s.AllOf[i], depth+1)
		}
		for _, p := range s.Properties {
			if p.Pattern {
				continue
			}
			if i, twice := at[p.Name]; twice {
				p.Required = p.Required || out[i].Required
				out[i] = p
				continue
			}
			at[p.Name] = len(out)
			out = append(out, p)
		}
	}
	if s != nil {
		add(s, 0)
	}
	return out
}
