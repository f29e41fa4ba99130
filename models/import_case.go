package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tessera/models/openapi"
)

// EndpointCase is one filled-in request of an endpoint, from a Postman collection.
type EndpointCase struct {
	ID         int64 `gorm:"primaryKey"`
	EndpointID int64
	Name       string
	Raw        string // an openapi.Case as JSON, without its name
}

// casesOf reads the cases of endpoints, by their ids.
func casesOf(rows []EndpointCase) map[int64][]openapi.Case {
	out := map[int64][]openapi.Case{}
	for _, r := range rows {
		var c openapi.Case
		if json.Unmarshal([]byte(r.Raw), &c) == nil { // it was written by importCases
			c.Name = r.Name
			out[r.EndpointID] = append(out[r.EndpointID], c)
		}
	}
	return out
}

// importCases adds the cases of the document to their endpoints. It comes after
// save, which gives new endpoints their ids.
func (im *importer) importCases() error {
	have := func(op openapi.Operation) bool { return len(op.Cases) > 0 }
	if im.collection == nil && !slices.ContainsFunc(im.doc.Operations, have) {
		return nil
	}
	for _, what := range []string{"Created", "Updated", "Failed", "Ignored"} {
		im.result.Counters["endpointCase"+what] = 0
	}
	ids := map[string]int64{}
	for label, e := range im.endpoints {
		ids[label] = e.ID
	}
	for _, e := range im.newRows.endpoints {
		ids[e.Label()] = e.ID
	}
	stored := map[casePlace]*EndpointCase{}
	for i := range im.before.cases {
		c := &im.before.cases[i]
		stored[casePlace{c.EndpointID, c.Name}] = c
	}
	for _, op := range im.doc.Operations {
		for _, c := range op.Cases {
			action, err := im.importCase(stored, ids[op.Label()], c)
			if err != nil {
				return err
			}
			im.result.Counters["endpointCase"+action]++
		}
	}
	return insertRows(im.tx.write(im.ctx), im.newRows.cases)
}

// casePlace is what the name of a case is unique in.
type casePlace struct {
	endpoint int64
	name     string
}

// importCase brings one case beside those of its endpoint, or into the one of its name.
func (im *importer) importCase(stored map[casePlace]*EndpointCase, endpoint int64, c openapi.Case) (action string, err error) {
	at := casePlace{endpoint, caseName(c.Name)}
	c.Name = ""
	raw, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	if old := stored[at]; old != nil && im.options.Cases != CreateNew {
		if im.options.Cases == KeepExisting || old.Raw == string(raw) {
			return "Ignored", nil
		}
		return "Updated", im.tx.write(im.ctx).Model(&EndpointCase{}).Where("id = ?", old.ID).Update("raw", string(raw)).Error
	}
	name := at.name
	for n := 2; stored[at] != nil; n++ {
		at.name = name + " " + strconv.Itoa(n)
	}
	row := EndpointCase{EndpointID: endpoint, Name: at.name, Raw: string(raw)}
	stored[at] = &row
	im.newRows.cases = append(im.newRows.cases, row)
	return "Created", nil
}

// maxCaseName bounds the name of a case, in bytes.
const maxCaseName = 255

// caseName is a name as the databases can keep it. One that had to be changed for
// that ends with a mark of what it was, so that it differs from others still.
func caseName(name string) string {
	clean := storableText(name)
	if clean == name && len(name) <= maxCaseName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	mark := " " + hex.EncodeToString(sum[:6])
	return strings.ToValidUTF8(clean[:min(len(clean), maxCaseName-len(mark))], "") + mark
}
