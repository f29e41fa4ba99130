package models

import (
	"encoding/json"
	"slices"
	"strconv"

	"tessera/models/openapi"
)

// EndpointCase is one filled-in request of an endpoint, from a Postman collection.
type EndpointCase struct {
	ID         int64 `gorm:"primaryKey"`
	EndpointID int64
	Name       string
	Raw        string // an openapi.Case as JSON
}

// importCases adds the requests of a collection to their endpoints.
func (im *importer) importCases(collection *openapi.Collection) error {
	if collection == nil {
		return nil
	}
	for _, what := range []string{"Created", "Updated", "Failed", "Ignored"} {
		im.result.Counters["endpointCase"+what] += 0
	}
	ids := map[string]int64{}
	for label, e := range im.endpoints {
		ids[label] = e.ID
	}
	for _, e := range im.newRows.endpoints {
		ids[e.Label()] = e.ID
	}
	for _, c := range collection.Cases {
		id, ok := ids[c.Method+" "+c.Path]
		if !ok {
			continue
		}
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		action, err := im.importCase(EndpointCase{EndpointID: id, Name: storableText(c.Name), Raw: string(raw)})
		if err != nil {
			return err
		}
		im.result.Counters["endpointCase"+action]++
	}
	return nil
}

func (im *importer) importCase(row EndpointCase) (action string, err error) {
	db := im.tx.write(im.ctx)
	var old []EndpointCase
	if err := db.Where("endpoint_id = ?", row.EndpointID).Find(&old).Error; err != nil {
		return "", err
	}
	at := func(name string) int {
		return slices.IndexFunc(old, func(c EndpointCase) bool { return c.Name == name })
	}
	same := at(row.Name)
	switch {
	case same < 0:
		return "Created", db.Create(&row).Error
	case im.options.Cases == CreateNew:
		name := row.Name
		for n := 2; at(row.Name) >= 0; n++ {
			row.Name = name + " " + strconv.Itoa(n)
		}
		return "Created", db.Create(&row).Error
	case im.options.Cases == KeepExisting || old[same].Raw == row.Raw:
		return "Ignored", nil
	default:
		return "Updated", db.Model(&old[same]).Update("raw", row.Raw).Error
	}
}
