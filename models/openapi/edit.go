package openapi

import "slices"

// Edit is what people change in an operation's text; nil leaves it as it is.
type Edit struct {
	Name, Description *string
	Tags              *[]string
}

// Apply returns the operation's text with the changes. An edit that is taken back
// leaves the text as it was: new members are added at the end, and what is emptied
// there goes again; a member in between was in the document, and stays, empty.
func (e Edit) Apply(o *Operation) Raw {
	type member struct {
		name         string
		value, empty Raw // value is nil for none
	}
	var changes []member
	if e.Name != nil && *e.Name != o.Name {
		m := member{"summary", Quote(*e.Name), Quote(*e.Name)}
		if *e.Name == nameOf(o.Path, text(get(o.Raw, "operationId")), "") {
			m.value = nil // it is called so without a summary
		}
		changes = append(changes, m)
	}
	if e.Description != nil && *e.Description != text(get(o.Raw, "description")) {
		m := member{"description", nil, Quote("")}
		if *e.Description != "" {
			m.value = Quote(*e.Description)
		}
		changes = append(changes, m)
	}
	if e.Tags != nil && !slices.Equal(*e.Tags, o.Tags) {
		m := member{"tags", nil, Raw("[]")}
		if len(*e.Tags) > 0 {
			m.value = arrayOf(*e.Tags, Quote)
		}
		changes = append(changes, m)
	}
	raw := o.Raw
	for _, m := range slices.Backward(changes) {
		if m.value == nil && lastMember(raw) != m.name && get(raw, m.name) != nil {
			raw = SetMember(raw, m.name, m.empty)
		} else if m.value == nil {
			raw = SetMember(raw, m.name, nil)
		}
	}
	for _, m := range changes {
		if m.value != nil {
			raw = SetMember(raw, m.name, m.value)
		}
	}
	return raw
}

func lastMember(object Raw) (last string) {
	for name := range members(object) {
		last = name
	}
	return last
}
