package views

import (
	"crypto/sha256"
	"strconv"
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
		class := "m" + strconv.Itoa(int(sum[i+1])%5)
		if i == gold {
			class = "mg"
		}
		tiles[i] = mosaicTile{class, strconv.Itoa(i % 3 * 10), strconv.Itoa(i / 3 * 10)}
	}
	return tiles
}
