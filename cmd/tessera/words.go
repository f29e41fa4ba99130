package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tessera/models"
	"tessera/views"
)

// sentence makes of err what is told to who typed the command: for refused
// input a line a field, in the words of the pages.
func sentence(err error) string {
	refused := (*models.Error)(nil)
	if !errors.As(err, &refused) {
		return err.Error()
	}
	page, localeErr := english(time.UTC, time.Time{})
	if localeErr != nil {
		return localeErr.Error()
	}
	if refused.Code == models.CodeBusy {
		return page.ErrorText(models.FieldError{Code: "busy"})
	}
	if len(refused.Fields) == 0 {
		return err.Error()
	}
	var lines []string
	for _, f := range refused.Fields {
		lines = append(lines, inputName(f.Field)+": "+page.ErrorText(f))
	}
	return strings.Join(lines, "\n")
}

// inputName is what a form field is called on the command line.
func inputName(field string) string {
	if field == "email" || field == "password" {
		return field
	}
	return "--" + strings.ReplaceAll(field, "_", "-")
}

// english writes sentences and dates for a reader in zone as the pages do.
func english(zone *time.Location, now time.Time) (views.Page, error) {
	locales, err := views.NewLocales()
	if err != nil {
		return views.Page{}, err
	}
	return views.Page{Locale: locales.Match("en"), Zone: zone, Now: now}, nil
}

// table writes rows in columns; the first one is the heading.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// jsonArray writes an array of any length, one element a line.
type jsonArray struct {
	out io.Writer
	any bool
}

func (a *jsonArray) add(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	before := "[\n"
	if a.any {
		before = ",\n"
	}
	a.any = true
	_, err = fmt.Fprintf(a.out, "%s%s", before, b)
	return err
}

func (a *jsonArray) end() error {
	end := "[]\n"
	if a.any {
		end = "\n]\n"
	}
	_, err := io.WriteString(a.out, end)
	return err
}
