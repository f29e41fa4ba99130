package openapi

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// repeated writes n members or elements, each with its number where the format has a place for it.
func repeated(n int, format string) string {
	var all []string
	for i := range n {
		if strings.Contains(format, "%") {
			all = append(all, fmt.Sprintf(format, i))
		} else {
			all = append(all, format)
		}
	}
	return strings.Join(all, ",")
}

// wide are descriptions whose pages would grow far beyond what they are made of.
func wide() map[string]string {
	long := strings.Repeat("x", 60<<10)
	describe := func(operation, components string) string {
		return `{"openapi":"3.1.0","paths":{"/a":{"post":{` + operation + `}}},"components":{` + components + `}}`
	}
	answer := func(schema string) string {
		return `"responses":{"200":{"content":{"application/json":{"schema":` + schema + `}}}}`
	}
	ref := `{"$ref":"#/components/schemas/B"}`
	groups := `{"properties":{` + repeated(10, `"g%d":{"properties":{`+strings.ReplaceAll(repeated(350, `"p%d":`+ref), "%", "%%")+`}}`) + `}}`
	branches := ""
	for i := range 9 {
		branches += fmt.Sprintf(`"T%d":{"oneOf":[%[2]s],"allOf":[%[2]s]},`, i, repeated(20, fmt.Sprintf(`{"$ref":"#/components/schemas/T%d"}`, i+1)))
	}
	body := `"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/T0"}}}}`
	return map[string]string{
		"values":     describe(answer(groups), `"schemas":{"B":{"default":"`+long+`"}}`),
		"prose":      describe(answer(groups), `"schemas":{"B":{"description":"`+long+`"}}`),
		"names":      describe(answer(groups), `"schemas":{"B":{"properties":{`+repeated(3000, `"property number %d":{}`)+`}}}`),
		"inline":     describe(answer(`{"properties":{`+repeated(300, `"a%d":{"properties":{`+strings.ReplaceAll(repeated(300, `"b%d":{"type":"string"}`), "%", "%%")+`}}`)+`}}`), ""),
		"responses":  describe(`"responses":{`+repeated(250, `"4%02d":{"$ref":"#/components/responses/R"}`)+`}`, `"responses":{"R":{"headers":{`+repeated(250, `"h%d":{"schema":{"type":"string"}}`)+`},"content":{`+repeated(250, `"a/b%d":{"schema":{}}`)+`}}}`),
		"branches":   describe(body, `"schemas":{`+branches+`"T9":{}}`),
		"parameters": describe(`"parameters":[`+repeated(250, `{"name":"p%d","in":"query","schema":{"$ref":"#/components/schemas/T0"}}`)+`]`, `"schemas":{`+branches+`"T9":{}}`),
	}
}

// Pages and forms of any description take bounded memory to make.
func TestDescribeBounds(t *testing.T) {
	const most = 64 << 20
	for name, text := range wide() {
		d := mustParse(t, []byte(text))
		for what, f := range map[string]func(){
			"view": func() {
				v := NewView(d)
				op := v.Operation()
				for _, r := range op.Responses {
					for i := range r.Content {
						r.Content[i].Sample(false)
					}
				}
				v.Schema("T0").Sample(false)
			},
			"form": func() {
				FormOf(&d.Operations[0], FormContext{Component: func(kind, name string) (Component, bool) {
					for _, c := range d.Components {
						if c.Kind == kind && c.Name == name {
							return c, true
						}
					}
					return Component{}, false
				}})
			},
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f()
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Errorf("%s of %s, %d KiB, takes %d MiB", what, name, len(text)>>10, used>>20)
			}
		}
	}
}
