package views

import (
	"strconv"
	"time"

	"tessera/models"
)

// adminFigure is a figure with a filtered list behind it.
type adminFigure struct{ label, figure, note, url string }

// adminFigures are the tiles of the overview.
func adminFigures(p Page, f *models.Figures) []adminFigure {
	list := func(f models.AdminFilter) string { return AdminTokensURL(models.AdminQuery{AdminFilter: f}) }
	return []adminFigure{
		{p.T("admin.figure_live"), Number(f.Live), p.T("admin.figure_live_note", "n", f.All), list(models.AdminFilter{Status: "live"})},
		{p.T("admin.figure_expiring"), Number(f.Expiring30), p.T("admin.figure_expiring_note", "n", firstWeek(f)), list(models.AdminFilter{Remaining: 30})},
		{p.T("admin.figure_never"), Number(f.Never), p.share(f.Never, f.Live), list(models.AdminFilter{Never: true})},
		{p.T("admin.figure_unused"), Number(f.Unused90), p.share(f.Unused90, f.Live), list(models.AdminFilter{Unused: 90})},
		{p.T("admin.figure_after_death"), Number(f.AfterDeath7), p.T("admin.figure_after_death_note"), list(models.AdminFilter{AfterDeath: 7})},
	}
}

// firstWeek is how many tokens end in the next seven days.
func firstWeek(f *models.Figures) int64 {
	if len(f.Remaining) == 0 {
		return 0
	}
	return f.Remaining[0].Tokens
}

// share writes a part of the live tokens in percent.
func (p Page) share(part, all int64) string {
	if all == 0 {
		return p.T("admin.share", "percent", "0")
	}
	percent := float64(part) * 100 / float64(all)
	if part > 0 && percent < 1 {
		return p.T("admin.share_under")
	}
	return p.T("admin.share", "percent", strconv.FormatFloat(percent, 'f', 0, 64))
}

// bucketWord names a range of days.
func (p Page) bucketWord(b models.FigureBucket) string {
	switch {
	case b.From < 0:
		return p.T("admin.bucket_never")
	case b.From == 0:
		return p.T("admin.bucket_under", "to", p.span(b.To))
	case b.To == 0:
		return p.T("admin.bucket_over", "from", p.span(b.From))
	}
	if !wholeYears(b.To) {
		return p.T("admin.bucket_short", "from", b.From, "n", b.To)
	}
	return p.T("admin.bucket", "from", p.span(b.From), "to", p.span(b.To))
}

// span writes a number of days, whole years as such.
func (p Page) span(days int) string {
	if wholeYears(days) {
		return p.T("admin.years", "n", days/365)
	}
	return p.T("admin.days", "n", days)
}

func wholeYears(days int) bool { return days >= 365 && days%365 == 0 }

// bucketWidth is the length of a bar whose longest is 100.
func bucketWidth(buckets []models.FigureBucket, n int64) string {
	most := int64(1)
	for _, b := range buckets {
		most = max(most, b.Tokens)
	}
	width := float64(n) / float64(most) * 100
	if n > 0 {
		width = max(width, 0.5)
	}
	return strconv.FormatFloat(width, 'f', 1, 64)
}

// weekColumns are the tokens that end in each week.
func weekColumns(weeks []models.FigureWeek) columns {
	out := make(columns, len(weeks))
	for i, w := range weeks {
		out[i] = w.Tokens
	}
	return out
}

// weekBars draws them; this week is dark.
func weekBars(weeks []models.FigureWeek) []chartBar {
	c := weekColumns(weeks)
	var bars []chartBar
	for i, n := range c {
		if n == 0 {
			continue
		}
		class := "bar-soft"
		if i == 0 {
			class = "bar"
		}
		bars = append(bars, c.bar(i, n, class))
	}
	return bars
}

func (p Page) weekTicks(weeks []models.FigureWeek) []string {
	if len(weeks) < 3 {
		return nil
	}
	return p.tickWords([]time.Time{weeks[0].Start, weeks[len(weeks)/2].Start, weeks[len(weeks)-1].Start})
}

// weeksSummary says in a sentence what the picture shows.
func (p Page) weeksSummary(weeks []models.FigureWeek) string {
	c := weekColumns(weeks)
	return p.T("admin.weeks_summary", "n", c.total(), "most", c.most())
}

// oldest is the last bucket, of which there is a list.
func oldest(f *models.Figures) models.FigureBucket {
	if len(f.Ages) == 0 {
		return models.FigureBucket{}
	}
	return f.Ages[len(f.Ages)-1]
}
