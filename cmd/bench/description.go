package main

import (
	"encoding/json"
	"fmt"
)

// An operation of the big description takes about 5 KiB, so that so many of them
// are 5 MiB.
const (
	bigOperations   = 1000
	smallOperations = 10
)

type object = map[string]any

// description makes an OpenAPI document, always the same one, with so many
// operations and as many schemas, of a usual mix.
func description(operations int) (string, error) {
	paths, schemas := object{}, object{}
	for i := range operations {
		name := fmt.Sprintf("Shipment%04d", i)
		schemas[name] = shipment(i)
		ref := object{"$ref": "#/components/schemas/" + name}
		paths[fmt.Sprintf("/ports/%d/shipments/{id}", i)] = object{
			"parameters": []object{{"name": "id", "in": "path", "required": true, "schema": object{"type": "string", "format": "uuid"}}},
			"put": object{
				"operationId": "replace" + name, "summary": fmt.Sprintf("Replace a shipment of port %d", i),
				"tags":        []string{fmt.Sprintf("Quay %d", i%40)},
				"description": "Takes the place of what is stored.\n\nA shipment that *has sailed* is left alone; then the answer is 409 \"sailed\".",
				"parameters":  []object{{"$ref": "#/components/parameters/Trace"}, {"name": "notify", "in": "query", "schema": object{"type": "boolean", "default": false}}},
				"requestBody": object{"required": true, "content": object{"application/json": object{"schema": ref}}},
				"responses": object{
					"200": object{"description": "The shipment as it is now", "content": object{"application/json": object{"schema": ref, "example": object{"id": "0b3c", "weight": 12.50, "labels": []string{"fragile", "cold"}}}}},
					"404": object{"$ref": "#/components/responses/Gone"}, "409": object{"$ref": "#/components/responses/Gone"},
				},
			},
		}
	}
	text, err := json.Marshal(object{
		"openapi": "3.0.3",
		"info":    object{"title": "Harbour", "version": "1.0.0", "description": "What lies in a harbour."},
		"paths":   paths,
		"components": object{
			"schemas":    schemas,
			"parameters": object{"Trace": object{"name": "X-Trace", "in": "header", "schema": object{"type": "string"}}},
			"responses":  object{"Gone": object{"description": "There is no such shipment any more."}},
		},
	})
	return string(text), err
}

func shipment(i int) object {
	properties := object{
		"id":   object{"type": "string", "format": "uuid", "readOnly": true, "description": "Names the shipment for good"},
		"next": object{"$ref": fmt.Sprintf("#/components/schemas/Shipment%04d", i/2)},
	}
	for n := range 21 {
		properties[fmt.Sprintf("measure%d", n)] = object{
			"type": "number", "minimum": 0, "maximum": 100 + n, "nullable": n%3 == 0,
			"description": fmt.Sprintf("What the crane of quay %d read at its place %d, in tonnes, when the shipment came by", i%40, n), "example": float64(n) + 0.25,
		}
	}
	return object{"type": "object", "required": []string{"id", "measure1"}, "properties": properties}
}
