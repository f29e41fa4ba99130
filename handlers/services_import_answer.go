package handlers

import (
	"strconv"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// The answer to an import is one superset of what clients in use read.
type importAnswer struct {
	Success bool `json:"success"`
	Data    struct {
		Counters         models.Counters        `json:"counters"`
		Errors           []issueAnswer          `json:"errors"`
		Warnings         []issueAnswer          `json:"warnings"`
		Endpoint         tally                  `json:"endpoint"`
		Schema           tally                  `json:"schema"`
		EndpointFolder   tally                  `json:"endpointFolder"`
		SchemaFolder     tally                  `json:"schemaFolder"`
		EndpointCase     *tally                 `json:"endpointCase,omitempty"`
		APICollection    collection             `json:"apiCollection"`
		SchemaCollection collection             `json:"schemaCollection"`
		DryRun           bool                   `json:"dryRun,omitempty"`
		Changes          *[]models.ImportChange `json:"changes,omitempty"` // of a dry run
	} `json:"data"`
}

// issueAnswer tells of one place of the document.
type issueAnswer struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Pointer string `json:"pointer"`
	Line    int    `json:"line,omitempty"`
}

type tally struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Failed  int `json:"failed"`
	Ignored int `json:"ignored"`
}

// collection is the older form of the counters.
type collection struct {
	Item   oldTally `json:"item"`
	Folder oldTally `json:"folder"`
}

type oldTally struct {
	Create int `json:"createCount"`
	Update int `json:"updateCount"`
	Ignore int `json:"ignoreCount"`
	Delete int `json:"deleteCount"`
	Error  int `json:"errorCount"`
}

func tallyOf(c models.Counters, kind string) tally {
	return tally{c[kind+"Created"], c[kind+"Updated"], c[kind+"Failed"], c[kind+"Ignored"]}
}

func oldTallyOf(c models.Counters, kind string) oldTally {
	return oldTally{c[kind+"Created"], c[kind+"Updated"], c[kind+"Ignored"], c[kind+"Deleted"], c[kind+"Failed"]}
}

func (s *Server) importAnswer(c *serviceCall, r *models.ImportResult, dryRun bool) *importAnswer {
	words := s.words(c)
	a := &importAnswer{Success: true}
	d := &a.Data
	d.Counters = r.Counters
	d.Errors, d.Warnings = issueAnswers(words, r.Failed), issueAnswers(words, r.Warnings)
	d.Endpoint, d.Schema = tallyOf(r.Counters, "endpoint"), tallyOf(r.Counters, "schema")
	d.EndpointFolder, d.SchemaFolder = tallyOf(r.Counters, "endpointFolder"), tallyOf(r.Counters, "schemaFolder")
	if _, ok := r.Counters["endpointCaseCreated"]; ok {
		cases := tallyOf(r.Counters, "endpointCase")
		d.EndpointCase = &cases
	}
	d.APICollection = collection{oldTallyOf(r.Counters, "endpoint"), oldTallyOf(r.Counters, "endpointFolder")}
	d.SchemaCollection = collection{oldTallyOf(r.Counters, "schema"), oldTallyOf(r.Counters, "schemaFolder")}
	if d.DryRun = dryRun; dryRun {
		changes := r.Changes
		if changes == nil {
			changes = []models.ImportChange{}
		}
		d.Changes = &changes
	}
	return a
}

// issueMore stands for those that are not listed.
const issueMore = "more"

// maxIssues bounds how many warnings, and how many errors, an answer lists.
const maxIssues = 1000

func issueAnswers(words views.Page, issues []openapi.Issue) []issueAnswer {
	out := []issueAnswer{}
	for i, issue := range issues {
		if i == maxIssues {
			more := openapi.Issue{Code: issueMore, Detail: strconv.Itoa(len(issues) - maxIssues)}
			return append(out, issueAnswer{Code: more.Code, Message: issueText(words, more)})
		}
		out = append(out, issueAnswer{Code: issue.Code, Message: issueText(words, issue), Pointer: issue.Pointer, Line: issue.Line})
	}
	return out
}

// issueText is the sentence for what is odd in a document, with its place.
func issueText(words views.Page, issue openapi.Issue) string {
	return words.T("issue."+issue.Code, "detail", issue.Detail) + placeText(words, issue.Line, issue.Pointer)
}

// placeText says where in a document something stands, as far as that is known.
func placeText(words views.Page, line int, pointer string) string {
	switch {
	case line > 0 && pointer != "":
		return words.T("api.at_line_and_pointer", "line", strconv.Itoa(line), "pointer", pointer)
	case line > 0:
		return words.T("api.at_line", "line", strconv.Itoa(line))
	case pointer != "":
		return words.T("api.at_pointer", "pointer", pointer)
	}
	return ""
}
