package views

import (
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminOverviewStates() []State {
	state := func(name string, change func(Page, *models.Figures)) State {
		return adminState("AdminOverviewPage", name, func(p Page) templ.Component {
			f := galleryFigures(p)
			change(p, f)
			p.Path = AdminPath
			return AdminOverviewPage(p, f)
		})
	}
	return []State{
		state("plain", func(Page, *models.Figures) {}),
		state("empty", func(_ Page, f *models.Figures) {
			*f = models.Figures{At: f.At, Ages: f.Ages, Remaining: f.Remaining, Weeks: f.Weeks, Days: f.Days}
			for i := range f.Ages {
				f.Ages[i].Tokens = 0
			}
			for i := range f.Remaining {
				f.Remaining[i].Tokens = 0
			}
			for i := range f.Weeks {
				f.Weeks[i].Tokens = 0
			}
			for i := range f.Days {
				f.Days[i].Requests = nil
			}
		}),
		state("a million", func(_ Page, f *models.Figures) {
			f.All, f.Live, f.Expiring30, f.Never, f.Unused90, f.AfterDeath7 = 1_000_000, 812_408, 61_862, 104_204, 203_117, 8
			for i := range f.Ages {
				f.Ages[i].Tokens *= 97
			}
		}),
	}
}

func galleryFigures(p Page) *models.Figures {
	f := &models.Figures{
		At: p.Now, All: 43_485, Live: 12_408, Expiring30: 862, Never: 1204, Unused90: 3117, AfterDeath7: 31, Paused: 12, Scheduled: 4,
	}
	fill := func(limits []int, tokens ...int64) (out []models.FigureBucket) {
		for i, from := range limits {
			b := models.FigureBucket{From: from, Tokens: tokens[i]}
			if i+1 < len(limits) {
				b.To = limits[i+1]
			}
			out = append(out, b)
		}
		return out
	}
	f.Ages = fill([]int{0, 7, 30, 90, 180, 365, 730}, 704, 2500, 4118, 2260, 1622, 871, 333)
	f.Remaining = append(fill([]int{0, 7, 30, 90, 180, 365}, 150, 712, 3018, 4110, 2214, 1000), models.FigureBucket{From: -1, Tokens: f.Never})
	today := p.Now.UTC().Truncate(galleryDay)
	for i, n := range []int64{150, 197, 242, 222, 176, 260, 312, 298, 340, 405, 377, 420, 391} {
		f.Weeks = append(f.Weeks, models.FigureWeek{Start: today.AddDate(0, 0, 7*i), Tokens: n})
	}
	for i := range models.FigureDays {
		day := models.OutcomeDay{Day: today.AddDate(0, 0, i-models.FigureDays+1), Requests: map[models.Outcome]int64{}}
		day.Requests[models.OutcomeOK] = int64(2_400_000 + i*i%7*61_000)
		if w := day.Day.Weekday(); w == time.Saturday || w == time.Sunday {
			day.Requests[models.OutcomeOK] /= 2
		}
		day.Requests[models.OutcomeExpired], day.Requests[models.OutcomeRevoked] = int64(61_000+i%5*9000), int64(20_000)
		f.Days = append(f.Days, day)
	}
	return f
}
