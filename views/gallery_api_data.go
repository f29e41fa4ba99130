package views

import (
	"tessera/models"
	"tessera/models/openapi"
)

// galleryDescription shows what operations and schemas may have.
const galleryDescription = `{"openapi":"3.1.0","info":{"title":"Harbor Shipments API","version":"2.4.0"},"security":[{"token":[]},{"key":[]}],
"paths":{"/shipments/{shipmentId}":{"put":{"summary":"Change a shipment","deprecated":true,
"description":"Returns one shipment with its **parcels**.\n\n- A list\n- of ` + "`things`" + `\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[Guide](https://harbor.example/guide)",
"externalDocs":{"url":"https://harbor.example/docs"},
"parameters":[{"name":"shipmentId","in":"path","required":true,"description":"ID that booking returned.","schema":{"type":"string","minLength":8,"pattern":"^shp_","examples":["shp_01HZX4"]}},
{"name":"expand","in":"query","description":"What to include in full.","schema":{"type":"array","items":{"type":"string","enum":["parcels","events","rates"]}}},
{"name":"units","in":"query","deprecated":true,"schema":{"type":"string","enum":["metric","imperial"],"default":"metric"}},
{"name":"If-Match","in":"header","schema":{"type":"string"}},{"name":"session","in":"cookie","schema":{"type":"string"}}],
"requestBody":{"required":true,"description":"The whole shipment.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Shipment"},
"examples":{"small":{"summary":"A small one","value":{"status":"booked"}}}},"multipart/form-data":{"schema":{"type":"object","properties":{"logo":{"type":"string","format":"binary"}}}}}},
"responses":{"200":{"description":"The shipment","headers":{"ETag":{"description":"Its version.","schema":{"type":"string"}}},
"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Shipment"}}},"links":{"next":{"operationId":"list"}}},
"401":{"description":"The token is missing, expired, paused or revoked.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
"4XX":{"description":"Something else\n\nthat takes more words."},"default":{"description":"Failed"}},
"callbacks":{"delivered":{"{$request.body#/callback}":{"post":{"summary":"It was delivered","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Event"}}}},"responses":{}}}}}}}},
"components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"},"key":{"type":"apiKey","in":"header","name":"X-Key"}},
"schemas":{"Shipment":{"type":"object","required":["id","status"],"discriminator":{"propertyName":"status"},"properties":{
"id":{"type":"string","readOnly":true,"description":"Stable, starts with ` + "`shp_`" + `.","examples":["shp_01HZX4"]},
"status":{"type":"string","enum":["booked","in_transit","delivered","cancelled"]},"eta":{"type":["string","null"],"format":"date-time","description":"Expected arrival, in UTC."},
"secret":{"type":"string","writeOnly":true,"deprecated":true},"version":{"const":3},
"parcels":{"type":"array","minItems":1,"uniqueItems":true,"items":{"$ref":"#/components/schemas/Parcel"}},"size":{"type":"object","additionalProperties":{"type":"integer","minimum":1}},
"route":{"oneOf":[{"$ref":"#/components/schemas/Event"},{"title":"Free text","type":"string","maxLength":80},{"type":"null"}]},
"any":{"anyOf":[{"type":"integer"},{"type":"string","description":"As text"}]},"not":{"not":{"type":"object","properties":{"a":{"type":"string"}}}},
"pair":{"type":"array","prefixItems":[{"type":"string"},{"type":"number","multipleOf":0.5}]},"gone":{"$ref":"#/components/schemas/Gone"},"far":{"$ref":"other.json#/A"},
"parent":{"$ref":"#/components/schemas/Shipment"}}},
"Parcel":{"allOf":[{"$ref":"#/components/schemas/Event"},{"type":"object","additionalProperties":false,"properties":{"weight":{"type":"number","exclusiveMinimum":0,"maximum":70}}}]},
"Event":{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"place":{"type":"string"}}},"Problem":{"type":"object","properties":{"title":{"type":"string"}}}}}}`

// galleryView describes it, with the ids that its schemas have in the gallery.
func galleryView() (*openapi.View, map[string]int64) {
	d, err := openapi.Parse([]byte(galleryDescription))
	if err != nil {
		panic(err) // the text above is a constant
	}
	ids := map[string]int64{}
	for i, c := range d.Components {
		if c.Kind == "schemas" {
			ids[c.Name] = int64(i + 1)
		}
	}
	return openapi.NewView(d), ids
}

func galleryOutline() *models.Outline {
	parent := int64(1)
	return &models.Outline{
		Folders: []models.OutlineFolder{
			{Folder: models.Folder{ID: 1, Name: "Shipments"}, Count: 3},
			{Folder: models.Folder{ID: 2, Name: "Archive", ParentID: &parent}, Count: 2},
			{Folder: models.Folder{ID: 3, Name: "Tracking"}, Count: 120},
		},
		Loose: 2, Schemas: 4,
	}
}

func galleryEndpoints() []models.Endpoint {
	folder := int64(1)
	return []models.Endpoint{
		{ID: 1, FolderID: &folder, Method: "get", Path: "/shipments", Name: "List shipments"},
		{ID: 2, FolderID: &folder, Method: "put", Path: "/shipments/{shipmentId}", Name: "Change a shipment", Status: "released", Tags: []string{"Shipments", "public"}},
		{ID: 4, FolderID: &folder, Method: "patch", Path: "/shipments/{shipmentId}", Name: "Correct a shipment"},
		{ID: 3, FolderID: &folder, Method: "delete", Path: "/shipments/{shipmentId}/" + longWords, Name: longWords},
	}
}

func gallerySchemas() []models.Schema {
	return []models.Schema{{ID: 1, Name: "Shipment"}, {ID: 2, Name: "Parcel"}, {ID: 3, Name: "Event"}, {ID: 4, Name: longWords}}
}

func galleryTree() APITree {
	return APITree{Title: "Harbor Shipments API", Version: "2.4.0", Outline: galleryOutline()}
}
