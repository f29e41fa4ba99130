package views

import (
	"strconv"
	"time"

	"tessera/models"
)

// DayChart is a chart of requests by day, oldest first. The last day is today.
type DayChart struct {
	Caption string // what the chart shows
	Days    []models.DayUse
}

// chartHeight is the height of the drawing in its own units.
const chartHeight = 100

// Widths of a bar and of the space it stands in.
const barWidth, barStep = 6, 8

// chartBar is one drawn bar.
type chartBar struct{ Class, X, Y, Height string }

func (c DayChart) total() (sum int64) {
	for _, d := range c.Days {
		sum += d.OK + d.Refused
	}
	return sum
}

func (c DayChart) most() (most int64) {
	for _, d := range c.Days {
		most = max(most, d.OK+d.Refused)
	}
	return most
}

// top is the end of the vertical axis: the next even number with one leading digit of 1, 2, 4,
// 6 or 8, so that its half is a round number too.
func (c DayChart) top() int64 {
	most := max(c.most(), 2)
	for scale := int64(1); ; scale *= 10 {
		for _, digit := range []int64{2, 4, 6, 8, 10} {
			if digit*scale >= most {
				return digit * scale
			}
		}
	}
}

func (c DayChart) width() string { return strconv.Itoa(len(c.Days) * barStep) }

func (c DayChart) viewBox() string { return "0 0 " + c.width() + " " + strconv.Itoa(chartHeight) }

// gridLines is the path of the lines at the top and at half the height.
func (c DayChart) gridLines() string {
	return "M0 0H" + c.width() + "M0 " + strconv.Itoa(chartHeight/2) + "H" + c.width()
}

// bars draws a bar for each day that had requests. Today's is dashed, for the day goes on.
func (c DayChart) bars() []chartBar {
	var bars []chartBar
	top := float64(c.top())
	for i, d := range c.Days {
		n := d.OK + d.Refused
		if n == 0 {
			continue
		}
		class := "bar-soft"
		if i == len(c.Days)-1 {
			class = "bar-part"
		}
		height := max(1, float64(n)/top*chartHeight) // one request among thousands is still seen
		bars = append(bars, chartBar{
			Class:  class,
			X:      strconv.Itoa(i*barStep + (barStep-barWidth)/2),
			Y:      strconv.FormatFloat(chartHeight-height, 'f', 1, 64),
			Height: strconv.FormatFloat(height, 'f', 1, 64),
		})
	}
	return bars
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
	return c.Caption + ": " + p.T("chart.summary", "n", c.total(), "max", c.most(),
		"from", p.calendarDay(c.Days[0].Day), "to", p.calendarDay(c.Days[len(c.Days)-1].Day))
}

// calendarDay writes a day that is a date and not an instant, so no zone moves it.
func (p Page) calendarDay(day time.Time) string {
	return p.Locale.dates.format(p.Locale.dates.dayMonth, day.UTC())
}
