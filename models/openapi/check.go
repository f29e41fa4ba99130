package openapi

import (
	"bytes"
	"strconv"
)

// checker looks for what encoding/json lets pass in valid JSON: keys that occur
// twice in an object, and nesting beyond maxNesting.
type checker struct {
	data []byte
	keys []Raw // of the objects that are open
	at   int   // where the fault is
}

func (c *checker) value(i, depth int) (int, *SyntaxError) {
	switch c.data[i] {
	case '{', '[':
		if depth > maxNesting {
			c.at = i
			return 0, &SyntaxError{Code: CodeTooDeep}
		}
		if c.data[i] == '[' {
			return c.array(i, depth)
		}
		return c.object(i, depth)
	}
	return skipValue(c.data, i), nil
}

func (c *checker) array(i, depth int) (int, *SyntaxError) {
	for n, i := 0, skipSpace(c.data, i+1); ; n++ {
		if c.data[i] == ']' {
			return i + 1, nil
		}
		next, err := c.value(i, depth+1)
		if err != nil {
			return 0, err.within(strconv.Itoa(n))
		}
		i = skipComma(c.data, next)
	}
}

func (c *checker) object(i, depth int) (int, *SyntaxError) {
	base := len(c.keys)
	var many map[string]struct{} // once a plain search would be slow
	for i = skipSpace(c.data, i+1); c.data[i] != '}'; {
		end := skipString(c.data, i)
		key := Raw(c.data[i:end])
		if bytes.IndexByte(key, '\\') >= 0 {
			key = Quote(unquote(key))
		}
		if c.seen(key, base, &many) {
			c.at = i
			err := &SyntaxError{Code: CodeDuplicateKey, Detail: unquote(key)}
			return 0, err.within(unquote(key))
		}
		c.keys = append(c.keys, key)
		next, err := c.value(skipSpace(c.data, skipSpace(c.data, end)+1), depth+1)
		if err != nil {
			return 0, err.within(unquote(key))
		}
		i = skipComma(c.data, next)
	}
	c.keys = c.keys[:base]
	return i + 1, nil
}

func (c *checker) seen(key Raw, base int, many *map[string]struct{}) bool {
	const few = 24
	keys := c.keys[base:]
	if len(keys) < few {
		for _, k := range keys {
			if bytes.Equal(k, key) {
				return true
			}
		}
		return false
	}
	if *many == nil {
		*many = make(map[string]struct{}, 2*few)
		for _, k := range keys {
			(*many)[string(k)] = struct{}{}
		}
	}
	_, seen := (*many)[string(key)]
	(*many)[string(key)] = struct{}{}
	return seen
}
