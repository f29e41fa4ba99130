package openapi

import "strings"

// knownMembers lists, for each dialect and class, the members that the
// specification has besides extensions. A class that is missing takes anything.
var knownMembers = map[Dialect]map[class]map[string]bool{
	V20: {
		classPathItem:  words("$ref get put post delete options head patch parameters"),
		classOperation: words("tags summary description externalDocs operationId consumes produces parameters responses schemes deprecated security"),
		classParameter: words("$ref name in description required schema allowEmptyValue collectionFormat " + simpleSchema),
		classHeader:    words("description collectionFormat " + simpleSchema),
		classResponse:  words("$ref description schema headers examples"),
		classSchema: words(`$ref format title description default multipleOf maximum exclusiveMaximum minimum
			exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties minProperties
			required enum type items allOf properties additionalProperties discriminator readOnly xml externalDocs
			example`),
	},
	V30: {
		classPathItem: words("$ref summary description servers parameters get put post delete options head patch trace"),
		classOperation: words(`tags summary description externalDocs operationId parameters requestBody responses
			callbacks deprecated security servers`),
		classParameter: words(`$ref name in description required deprecated allowEmptyValue style explode
			allowReserved schema example examples content`),
		classHeader: words(`$ref description required deprecated allowEmptyValue style explode allowReserved
			schema example examples content`),
		classRequestBody: words("$ref description content required"),
		classResponse:    words("$ref description headers content links"),
		classMediaType:   words("schema example examples encoding"),
		classEncoding:    words("contentType headers style explode allowReserved"),
		classExample:     words("$ref summary description value externalValue"),
		classLink:        words("$ref operationRef operationId parameters requestBody description server"),
		classSchema: words(`$ref format title description default multipleOf maximum exclusiveMaximum minimum
			exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties minProperties
			required enum type items allOf oneOf anyOf not properties additionalProperties discriminator readOnly
			writeOnly xml externalDocs example nullable deprecated`),
	},
}

// simpleSchema are the members that describe the value of a parameter or header of
// Swagger 2.0.
const simpleSchema = `type format items default maximum exclusiveMaximum minimum exclusiveMinimum maxLength
	minLength pattern maxItems minItems uniqueItems enum multipleOf`

var simpleMembers = strings.Fields(simpleSchema)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(s) {
		set[word] = true
	}
	return set
}
