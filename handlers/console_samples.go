package handlers

import (
	"bytes"
	"encoding/json"

	"tessera/models/openapi"
	"tessera/views"
)

// addSamples puts an example, made up where none is given, into what is wanted as
// JSON: nobody knows its members by heart.
func addSamples(b *views.ConsoleBody, op *openapi.OperationView) {
	if b == nil || op.Body == nil {
		return
	}
	for i := range op.Body.Content {
		media := &op.Body.Content[i]
		if media.Type != b.FieldsFor || !openapi.IsJSONType(media.Type) || media.Schema == nil {
			continue
		}
		samples := map[string]openapi.Raw{}
		for _, p := range media.Schema.Merged() {
			samples[p.Name] = p.Schema.Sample(true)
		}
		for i := range b.Fields {
			f := &b.Fields[i]
			if f.Required && f.Value == "" && (f.Type == "object" || f.Type == "array" && !views.ArrayOfLines(f.FormField)) {
				f.Value = indentJSON(samples[f.Name])
			}
		}
		b.Text = indentJSON(media.Sample(true))
	}
}

func indentJSON(raw openapi.Raw) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return "" // nothing is known
	}
	return out.String()
}
