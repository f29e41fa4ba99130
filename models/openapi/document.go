package openapi

// Dialect is the language that a part is written in.
type Dialect string

// The dialects. OpenAPI 3.2 is read as 3.1.
const (
	V20 Dialect = "2.0"
	V30 Dialect = "3.0"
	V31 Dialect = "3.1"
)

// Document is a description in parts. The order of each slice is the order in
// which Export writes.
type Document struct {
	Dialect Dialect // of the document that was parsed; parts may differ after a merge

	// Root has the members of the root object. Where other parts of the
	// description stood (paths, webhooks, the named components, definitions,
	// servers, host, …) it has null, to keep their place.
	Root       []Member
	Paths      []PathItem
	Operations []Operation
	Webhooks   []Member
	Components []Component

	Servers  []Server // of the root; Export writes none of them unless told to
	BasePath string   // path of the first server, without a slash at its end

	Warnings []Issue // what the person should know
	Failed   []Issue // operations that are unusable and left out, one Issue each
}

// Member is a named value.
type Member struct {
	Name    string
	Dialect Dialect
	Raw     Raw
}

// PathItem is a path with what applies to all its operations (summary,
// description, parameters, servers, $ref, extensions). Raw has null in place of each
// operation, which keeps their order. A Path that begins with "x-" is an extension
// of the paths object.
type PathItem struct {
	Path    string
	Dialect Dialect
	Raw     Raw
}

// Operation is one endpoint. All but Method, Path, Dialect and Raw is read from Raw
// by Parse; Export writes these values into Raw's extensions.
type Operation struct {
	Method     string // lower-case: get, put, post, delete, options, head, patch, trace
	Path       string
	Dialect    Dialect
	Raw        Raw
	Name       string   // summary, else operationId, else the path
	Folder     []string // from x-apidog-folder, else from the first tag
	Tags       []string
	Status     string // x-apidog-status
	Maintainer string // x-apidog-maintainer
	Cases      []Case // x-apidog-cases, which Raw does not have
	RunURL     string // written as x-run-in-apidog; never read
}

// Pointer returns where the operation stands in its document.
func (o *Operation) Pointer() string { return pointer("paths", o.Path, o.Method) }

// Label is the operation's method and path, by which it is known in a project.
func (o *Operation) Label() string { return o.Method + " " + o.Path }

// Component is a named, reusable definition. Kind is the name that OpenAPI 3 has
// for it (schemas, responses, parameters, examples, requestBodies, headers,
// securitySchemes, links, callbacks, pathItems) in every dialect: definitions of
// Swagger 2.0 are schemas, securityDefinitions are securitySchemes.
type Component struct {
	Kind    string
	Name    string
	Dialect Dialect
	Raw     Raw
	Folder  []string // of a schema, from x-apidog-folder
}

// Pointer returns where the component stands in a document of its dialect.
func (c *Component) Pointer() string {
	if c.Dialect == V20 {
		return pointer(kind20(c.Kind), c.Name)
	}
	return pointer("components", c.Kind, c.Name)
}

// Server is an address that serves the described API. Raw is the Server Object of
// OpenAPI 3, nil for one made of Swagger's host, basePath and schemes.
type Server struct {
	URL         string // variables stand in it as {name}
	Description string
	Raw         Raw
}

// Issue is something that a person should know about one place of a document.
type Issue struct {
	Code    string // one of the Issue constants
	Pointer string // JSON pointer (RFC 6901)
	Detail  string // a value from the document, or empty
	Line    int    // from 1; 0 when unknown
}

// Label is that of the operation (Operation.Label) which the issue is about, "" when
// it is about none.
func (i Issue) Label() string {
	names := pointerNames(i.Pointer)
	if len(names) != 3 || names[0] != "paths" {
		return ""
	}
	return (&Operation{Path: names[1], Method: names[2]}).Label()
}

// Codes of Issue. The first group fails an operation, the second is for warnings.
const (
	IssueNotObject     = "operation_not_object" // an operation or path item is no object
	IssuePath          = "operation_path"       // the path doesn't begin with "/", or has control characters
	IssueParameters    = "operation_parameters" // parameters are no list of objects with name and in
	IssueResponses     = "operation_responses"  // responses are no object of objects
	IssueRequestBody   = "operation_request_body"
	IssueTags          = "operation_tags" // tags are no list of strings
	IssueRefExternal   = "ref_external"   // kept, not followed
	IssueRefDangling   = "ref_dangling"   // kept, leads nowhere
	IssueRead32        = "version_32"     // OpenAPI 3.2, read as 3.1
	IssueStatus        = "status_unknown" // kept
	IssueUnknownMember = "member_unknown" // of a path item or of components; kept
	IssueDuplicateID   = "operation_id_duplicate"
	IssueScript        = "postman_script"   // a script of a Postman collection, which nothing runs
	IssueMethod        = "operation_method" // a method that OpenAPI lacks
)

// methods are the operations that a path item may have, in the order in which
// added ones are written.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// componentKinds are the kinds of OpenAPI 3, in the order in which added ones are
// written.
var componentKinds = []string{
	"schemas", "responses", "parameters", "examples", "requestBodies", "headers",
	"securitySchemes", "links", "callbacks", "pathItems",
}

// kinds20 are the root members of Swagger 2.0 that hold components, and their kinds.
var kinds20 = []struct{ member, kind string }{
	{"definitions", "schemas"}, {"parameters", "parameters"}, {"responses", "responses"},
	{"securityDefinitions", "securitySchemes"},
}

func kind20(kind string) string {
	for _, k := range kinds20 {
		if k.kind == kind {
			return k.member
		}
	}
	return ""
}

func kindOf20(member string) string {
	for _, k := range kinds20 {
		if k.member == member {
			return k.kind
		}
	}
	return ""
}
