// Package openapi reads, merges, converts and writes API descriptions: Swagger
// 2.0, OpenAPI 3.0 and 3.1, as JSON and YAML, and Postman collections. It knows no
// database and no network.
//
// A description is kept in parts: operations, what is left of each path item,
// components, webhooks and the members of the root. Each part is the exact JSON
// text of its value (numbers, escapes, order and unknown members included) in the
// dialect that it was written in. So a description that is imported in pieces,
// edited in one place and merged with another still exports every other byte as it
// came: parts in the dialect asked for are copied, others are converted one by one.
//
// The way through the package is Parse, then what the caller does with the parts
// (MergeOperation, Document.RenameComponents, MergeRoot), then Export.
//
// A document is scanned, never decoded into a model as a whole: full models of
// the known libraries cost 6 and 16 times the processor time of decoding the text
// into any, this package about as much as it. Only a part that has to be rewritten
// becomes a tree.
package openapi
