package views

import (
	"encoding/json"
	"strconv"
	"strings"

	"tessera/models"
)

// ExportForm is what to export and how.
type ExportForm struct {
	Version, Format, Scope        string
	Tags, ExcludedTags, Endpoints string   // separated by commas
	SelectedFolders, Environments []string // ids
	Extensions, FoldersToTags     bool
	Folders                       []models.Folder
	AllTags                       []string
	Errors                        Errors
}

// tagHint names the tags that there are, so far as they fit a line.
func (f ExportForm) tagHint(p Page) string {
	if len(f.AllTags) == 0 {
		return p.T("export.no_tags")
	}
	shown := f.AllTags[:min(len(f.AllTags), 30)]
	hint := p.T("export.tags_hint", "tags", strings.Join(shown, ", "))
	if len(shown) < len(f.AllTags) {
		hint += " …"
	}
	return hint
}

// body is the same export as the API takes it.
func (f ExportForm) body() string {
	type scope struct {
		Type      string   `json:"type"`
		Endpoints []string `json:"selectedEndpointIds,omitempty"`
		Tags      []string `json:"selectedTags,omitempty"`
		Folders   []string `json:"selectedFolderIds,omitempty"`
		Excluded  []string `json:"excludedByTags,omitempty"`
	}
	type options struct {
		Extensions bool `json:"includeApidogExtensionProperties"`
		Folders    bool `json:"addFoldersToTags"`
	}
	s := scope{Type: f.Scope, Excluded: list(f.ExcludedTags)}
	switch f.Scope {
	case "SELECTED_ENDPOINTS":
		s.Endpoints = list(f.Endpoints)
	case "SELECTED_TAGS":
		s.Tags = list(f.Tags)
	case "SELECTED_FOLDERS":
		s.Folders = f.SelectedFolders
	}
	out, err := json.MarshalIndent(struct {
		Scope        scope    `json:"scope"`
		Options      options  `json:"options"`
		Version      string   `json:"oasVersion"`
		Format       string   `json:"exportFormat"`
		Environments []string `json:"environmentIds,omitempty"`
	}{s, options{f.Extensions, f.FoldersToTags}, f.Version, f.Format, f.Environments}, "", "  ")
	if err != nil {
		return "{}" // texts can be encoded
	}
	return string(out)
}

func list(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// curl is the export as a line to run.
func (f ExportForm) curl(p Page, m ProjectMeta) string {
	ending := "json"
	if f.Format == "YAML" {
		ending = "yaml"
	}
	return `curl -X POST "` + p.BaseURL + "/v1" + m.path("/export-openapi") + `" \
  -H "Authorization: Bearer $` + secretVariable + `" \
  -H "X-Apidog-Api-Version: 2024-03-28" \
  -H "Content-Type: application/json" \
  -o openapi.` + ending + ` \
  --data '` + strings.ReplaceAll(f.body(), "'", `'\''`) + `'`
}

func (p Page) scopes() []Option {
	return []Option{
		{Value: "ALL", Text: p.T("export.scope_all")}, {Value: "SELECTED_TAGS", Text: p.T("export.scope_tags")},
		{Value: "SELECTED_FOLDERS", Text: p.T("export.scope_folders")}, {Value: "SELECTED_ENDPOINTS", Text: p.T("export.scope_endpoints")},
	}
}

func (m ProjectMeta) environmentOptions() []Option {
	var out []Option
	for _, e := range m.Environments {
		out = append(out, Option{Value: strconv.FormatInt(e.ID, 10), Text: e.Name})
	}
	return out
}
