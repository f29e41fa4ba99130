package openapi

// OperationView is one operation.
type OperationView struct {
	Method, Path         string
	Summary, Description string
	OperationID          string
	Deprecated           bool
	Docs                 *LinkView
	Parameters           []ParameterView
	Body                 *BodyView // nil when there is none
	Responses            []ResponseView
	Security             []SecurityView // alternatives; none when the operation is open to all
	Callbacks            []CallbackView
}

// LinkView is documentation elsewhere.
type LinkView struct{ URL, Description string }

// ParameterView is a parameter, or a header of a response (In is "header" then).
type ParameterView struct {
	Name, In             string // In is path, query, header or cookie
	Description          string
	Required, Deprecated bool
	Style                string // "" is the default of In
	Explode              *bool  // nil is the default of Style
	MediaType            string // of a value that is written as a document, else ""
	Schema               *SchemaView
	Example              Raw // the first one given, nil without
}

// BodyView is what a request carries.
type BodyView struct {
	Description string
	Required    bool
	Content     []MediaView
}

// MediaView is a body in one media type.
type MediaView struct {
	Type     string
	Schema   *SchemaView // nil when nothing is said
	Examples []ExampleView
	Encoding map[string]string // content types of parts of a form, by property
}

// ExampleView is a given example. Value is nil when it is elsewhere or too long.
type ExampleView struct {
	Name, Summary, Description string
	Value                      Raw
	URL                        string
}

// ResponseView is one answer. Status is as written: "200", "4XX", "default".
type ResponseView struct {
	Status, Description string
	Headers             []ParameterView
	Content             []MediaView
	Links               []string
}

// SecurityView is one way to be allowed: all its schemes together.
type SecurityView struct{ Schemes []SchemeView }

// SchemeView is a security scheme as an operation asks for it. Type is empty when the
// scheme is not described.
type SchemeView struct {
	Name        string
	Type        string // apiKey, http, oauth2, openIdConnect, mutualTLS
	Scheme      string // of http, lower-case: bearer, basic
	In, Param   string // of apiKey
	Description string
	Scopes      []string
}

// CallbackView is a request that the described service sends.
type CallbackView struct {
	Name, Expression, Method string
	Summary, Description     string
	Body                     *BodyView
}
