package handlers

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tessera/models"
)

// fields reads the members of an object one by one and collects what is wrong
// with them. Null is the same as absent; members nobody asks for are ignored.
type fields struct {
	at     string // where the object stands, with a dot at the end
	object map[string]json.RawMessage
	wrong  *models.Invalid
}

// newFields reads an object that may be absent or null.
func newFields(at string, raw json.RawMessage, wrong *models.Invalid) fields {
	f := fields{at: at + ".", wrong: wrong}
	if isPresent(raw) && json.Unmarshal(raw, &f.object) != nil {
		wrong.Add(at, "value_type", "type", "object")
	}
	return f
}

func isPresent(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// first returns the first of several names that is there, and its value.
func (f fields) first(names ...string) (string, json.RawMessage) {
	for _, name := range names {
		if raw := f.object[name]; isPresent(raw) {
			return name, raw
		}
	}
	return names[0], nil
}

func (f fields) badType(name, kind string) { f.wrong.Add(f.at+name, "value_type", "type", kind) }

func (f fields) bool(names ...string) bool {
	name, raw := f.first(names...)
	switch string(raw) {
	case "", "false":
	case "true":
		return true
	default:
		f.badType(name, "boolean")
	}
	return false
}

// text returns a string, "" when there is none.
func (f fields) text(names ...string) string {
	name, raw := f.first(names...)
	var s string
	if raw != nil && json.Unmarshal(raw, &s) != nil {
		f.badType(name, "string")
	}
	return s
}

// wholeNumber reads an integer of 0 and more, or one written as a string.
func wholeNumber(raw json.RawMessage) (int64, bool) {
	s := string(raw)
	if s[0] == '"' {
		if json.Unmarshal(raw, &s) != nil {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil && n >= 0
}

// id returns an integer, 0 when there is none.
func (f fields) id(names ...string) int64 {
	name, raw := f.first(names...)
	if raw == nil {
		return 0
	}
	n, ok := wholeNumber(raw)
	if !ok {
		f.badType(name, "integer")
	}
	return n
}

// ids returns a list of integers and whether it is there.
func (f fields) ids(names ...string) ([]int64, bool) {
	name, raw := f.first(names...)
	if raw == nil {
		return nil, false
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		f.badType(name, "integers")
	}
	out := []int64{}
	for i, raw := range list {
		n, ok := wholeNumber(raw)
		if !ok {
			f.badType(name+"["+strconv.Itoa(i)+"]", "integer")
			break
		}
		out = append(out, n)
	}
	return out, true
}

// texts returns a list of strings and whether it is there.
func (f fields) texts(names ...string) ([]string, bool) {
	name, raw := f.first(names...)
	if raw == nil {
		return nil, false
	}
	out := []string{}
	if json.Unmarshal(raw, &out) != nil {
		f.badType(name, "strings")
	}
	return out, true
}

// main checks a choice among branches or modules, of which a project has one:
// 0 and the project's own id mean it.
func (f fields) main(projectID int64, name string) {
	if id := f.id(name); id != 0 && id != projectID {
		f.wrong.Add(f.at+name, "value_unknown", "values", "0, "+decimal(projectID))
	}
}

// choice returns what the value of a field stands for; none when it is absent.
func choice[T any](f fields, table map[string]T, none T, names ...string) T {
	name, raw := f.first(names...)
	if raw == nil {
		return none
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		f.badType(name, "string")
		return none
	}
	value, ok := table[s]
	if !ok {
		f.wrong.Add(f.at+name, "value_unknown", "values", strings.Join(slices.Sorted(maps.Keys(table)), ", "))
		return none
	}
	return value
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// patch reads a body that changes some members. One that names nothing that can be
// changed, or something else, is refused: it would look as if it had worked.
func (c *serviceCall) patch(names ...string) (fields, *models.Invalid, error) {
	object, err := c.object(jsonLimit)
	if err != nil {
		return fields{}, nil, err
	}
	wrong := &models.Invalid{}
	for name := range object {
		if !slices.Contains(names, name) {
			name = name[:min(len(name), 80)]
			wrong.Add(name, "member_unknown")
		}
	}
	if len(object) == 0 {
		wrong.Add(names[0], "change_required")
	}
	return fields{object: object, wrong: wrong}, wrong, nil
}

func (f fields) has(name string) bool { return isPresent(f.object[name]) }

// change returns a string that is there, nil when it is not.
func (f fields) change(name string) *string {
	if !f.has(name) {
		return nil
	}
	s := f.text(name)
	return &s
}

// oneOf refuses a parameter that is there and none of its values.
func oneOf(wrong *models.Invalid, name, value string, values []string) {
	if value != "" && !slices.Contains(values, value) {
		wrong.Add(name, "value_unknown", "values", strings.Join(values, ", "))
	}
}
