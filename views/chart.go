package views

import (
	"strconv"
	"time"

	"tessera/models"
)

// chartHeight is the height of the drawing in its own units.
const chartHeight = 100

// Widths of a bar and of the space it stands in.
const barWidth, barStep = 6, 8

// chartBar is one drawn bar.
type chartBar struct{ Class, X, Y, Height string }

// columns are the heights of the columns of a chart.
type columns []int64

func (c columns) total() (sum int64) {
	for _, n := range c {
		sum += n
	}
	return sum
}

func (c columns) most() (most int64) {
	for _, n := range c {
		most = max(most, n)
	}
	return most
}

// top is the end of the vertical axis: the next even number with one leading digit of 1, 2, 4,
// 6 or 8, so that its half is a round number too.
func (c columns) top() int64 {
	most := max(c.most(), 2)
	for scale := int64(1); ; scale *= 10 {
		for _, digit := range []int64{2, 4, 6, 8, 10} {
			if digit*scale >= most {
				return digit * scale
			}
		}
	}
}

func (c columns) width() string { return strconv.Itoa(len(c) * barStep) }

func (c columns) viewBox() string { return "0 0 " + c.width() + " " + strconv.Itoa(chartHeight) }

// gridLines is the path of the lines at the top and at half the height.
func (c columns) gridLines() string {
	return "M0 0H" + c.width() + "M0 " + strconv.Itoa(chartHeight/2) + "H" + c.width()
}

// bar draws n in the column i.
func (c columns) bar(i int, n int64, class string) chartBar {
	height := max(2, float64(n)/float64(c.top())*chartHeight) // one request among thousands is still seen
	return chartBar{
		Class:  class,
		X:      strconv.Itoa(i*barStep + (barStep-barWidth)/2),
		Y:      strconv.FormatFloat(chartHeight-height, 'f', 1, 64),
		Height: strconv.FormatFloat(height, 'f', 1, 64),
	}
}

// DayChart is a chart of requests by day, oldest first. The last day is today.
type DayChart struct {
	Caption  string // what the chart shows
	Days     []models.DayUse
	Outcomes []models.OutcomeDay // the same days by outcome, for the table; nil: accepted or refused is enough
}

// newOutcomeChart is a chart with a column for each outcome in its table.
func newOutcomeChart(caption string, days []models.OutcomeDay) DayChart {
	c := DayChart{Caption: caption, Outcomes: days, Days: make([]models.DayUse, len(days))}
	for i, d := range days {
		c.Days[i] = d.Use()
	}
	return c
}

// requests sums up the last n days: accepted requests, and refused ones.
func (c DayChart) requests(n int) (good, refused int64) {
	for _, day := range c.Days[max(0, len(c.Days)-n):] {
		good += day.OK
		refused += day.Refused
	}
	return good, refused
}

func (c DayChart) columns() columns {
	out := make(columns, len(c.Days))
	for i, d := range c.Days {
		out[i] = d.OK + d.Refused
	}
	return out
}

// bars draws a bar for each day that had requests, with the refused ones in red at its foot.
// Today's is dashed, for the day goes on.
func (c DayChart) bars() []chartBar {
	var bars []chartBar
	columns := c.columns()
	for i, d := range c.Days {
		if columns[i] == 0 {
			continue
		}
		class := "bar-soft"
		if i == len(c.Days)-1 {
			class = "bar-part"
		}
		bars = append(bars, columns.bar(i, columns[i], class))
		if d.Refused > 0 {
			bars = append(bars, columns.bar(i, d.Refused, "bar-refused"))
		}
	}
	return bars
}

// refused reports whether the chart has such parts, which then need words.
func (c DayChart) refused() bool {
	for _, d := range c.Days {
		if d.Refused > 0 {
			return true
		}
	}
	return false
}

// outcomes are those that stand in the table, in the order of their meaning.
func (c DayChart) outcomes() []models.Outcome {
	var out []models.Outcome
	for _, o := range []models.Outcome{
		models.OutcomeOK, models.OutcomeRevoked, models.OutcomeExpired, models.OutcomePaused, models.OutcomeUserDisabled, models.OutcomeNetwork,
	} {
		for _, d := range c.Outcomes {
			if d.Requests[o] > 0 {
				out = append(out, o)
				break
			}
		}
	}
	return out
}

// ticks are the days named under the chart: first, middle and last.
func (c DayChart) ticks() []time.Time {
	n := len(c.Days)
	if n < 3 {
		return nil
	}
	return []time.Time{c.Days[0].Day, c.Days[n/2].Day, c.Days[n-1].Day}
}

// summary says in a sentence what the picture shows.
func (c DayChart) summary(p Page) string {
	if len(c.Days) == 0 {
		return c.Caption
	}
	columns := c.columns()
	return c.Caption + ": " + p.T("chart.summary", "n", columns.total(), "max", columns.most(),
		"from", p.calendarDay(c.Days[0].Day), "to", p.calendarDay(c.Days[len(c.Days)-1].Day))
}

// calendarDay writes a day that is a date and not an instant, so no zone moves it.
func (p Page) calendarDay(day time.Time) string {
	return p.Locale.dates.format(p.Locale.dates.dayMonth, day.UTC())
}

func (p Page) tickWords(days []time.Time) []string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = p.calendarDay(day)
	}
	return words
}
