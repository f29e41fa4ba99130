package main

import (
	"testing"

	"tessera/models/openapi"
)

// The description is what the names of the measurements say, and always the same.
func TestDescription(t *testing.T) {
	text, err := description(bigOperations)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := description(bigOperations); err != nil || again != text {
		t.Errorf("made twice it differs (%v)", err)
	}
	if n := len(text); n < 5_000_000 || n > 6_000_000 {
		t.Errorf("%d bytes", n)
	}
	d, err := openapi.Parse([]byte(text))
	if err != nil || len(d.Operations) != 1000 || len(d.Failed)+len(d.Warnings) > 0 {
		t.Errorf("%v, %+v", err, d)
	}
}
