package views

import (
	"context"
	"crypto/sha256"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// mosaicTile is one of the nine tiles of a token's picture.
type mosaicTile struct{ Class, X, Y string }

// mosaicTiles draws the tiles from a public id, the same ones each time: one is gold, the
// others have one of five blues. The id is hashed so that ids that look alike don't get
// pictures that look alike.
func mosaicTiles(id string) [9]mosaicTile {
	sum := sha256.Sum256([]byte(id))
	gold := int(sum[0]) % 9
	var tiles [9]mosaicTile
	for i := range tiles {
		class := tileClasses[sum[i+1]%5]
		if i == gold {
			class = goldTile
		}
		tiles[i] = mosaicTile{class, strconv.Itoa(i % 3 * 10), strconv.Itoa(i / 3 * 10)}
	}
	return tiles
}

// Classes of the style sheet.
const goldTile = "mg"

var tileClasses = [5]string{"m0", "m1", "m2", "m3", "m4"}

// Mosaic draws a token's nine tiles from its public id; grey when the token has ended.
func Mosaic(id string, ended bool) templ.Component {
	if ended {
		return drawMosaic(id, "mosaic off", goldTile)
	}
	return drawMosaic(id, "mosaic", goldTile)
}

// MosaicSlot draws the picture of a place where something could be: a mosaic whose gold tile
// is still missing. name only chooses the blues.
func MosaicSlot(name string) templ.Component { return drawMosaic(name, "mosaic-lg", "m-slot") }

// drawMosaic writes its SVG without a template: a list draws hundreds of tiles, and a
// template's attributes would take most of the time that the whole page takes.
func drawMosaic(id, class, gold string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		b := make([]byte, 0, 1024)
		b = append(b, `<svg class="`+class+`" viewBox="0 0 28 28" aria-hidden="true" focusable="false">`...)
		for _, t := range mosaicTiles(id) {
			if t.Class == goldTile {
				t.Class = gold
			}
			b = append(b, `<rect class="`...)
			b = append(b, t.Class...)
			b = append(b, `" x="`...)
			b = append(b, t.X...)
			b = append(b, `" y="`...)
			b = append(b, t.Y...)
			b = append(b, `" width="8" height="8" rx="1"></rect>`...)
		}
		_, err := w.Write(append(b, "</svg>"...))
		return err
	})
}
