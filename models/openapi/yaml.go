package openapi

import (
	"bytes"
	"errors"
	"strconv"

	"go.yaml.in/yaml/v4"
)

const (
	// What aliases and merge keys may expand to. Honest documents stay far below; a
	// bomb of a kilobyte would fill any memory.
	maxExpansionBase   = 1 << 20 // bytes of JSON, plus
	maxExpansionFactor = 16      // so many times the document

	// maxMarks bounds the characters that may begin a node. A node takes 200 bytes
	// of memory; descriptions of 47 MB have two million marks.
	maxMarks = 4 << 20
)

// readYAML turns YAML into JSON under the core schema of YAML 1.2: "no", "on" and
// dates are strings, and numbers keep their text.
func readYAML(data []byte) (*source, error) {
	if bytes.Count(data, []byte{'\n'})+bytes.Count(data, []byte{','})+bytes.Count(data, []byte("- ")) > maxMarks {
		return nil, &SyntaxError{Code: CodeTooLarge, Line: 1, Column: 1}
	}
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		return nil, yamlError(data, err)
	}
	if len(doc.Content) == 0 {
		return nil, &SyntaxError{Code: CodeEmpty, Line: 1, Column: 1}
	}
	root := doc.Content[0]
	w := &yamlReader{
		out:   make([]byte, 0, len(data)+len(data)/4),
		spans: map[*yaml.Node]span{},
		open:  map[*yaml.Node]bool{},
		limit: maxExpansionBase + maxExpansionFactor*len(data),
	}
	if err := w.value(root, 1); err != nil {
		return nil, err.finish()
	}
	// Aliases may nest deeper than the text does.
	c := checker{data: w.out}
	if _, err := c.value(0, 1); err != nil {
		err.finish()
		err.Line, err.Column = yamlPosition(root, err.names)
		return nil, err
	}
	return &source{w.out, func(names []string) (int, int) { return yamlPosition(root, names) }}, nil
}

func yamlError(data []byte, err error) *SyntaxError {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &SyntaxError{Code: CodeYAML, Line: 1, Column: 1, Detail: err.Error()}
	}
	mark := load.Mark
	if mark.Line == 0 {
		mark = load.ContextMark
	}
	line, column := max(mark.Line, 1), max(mark.Column, 1)
	return &SyntaxError{Code: CodeYAML, Line: line, Column: column, Pointer: yamlPointer(data, line, column), Detail: load.Message}
}

// yamlPosition returns where the value stands that names lead to, or the last
// value on the way to it.
func yamlPosition(n *yaml.Node, names []string) (line, column int) {
	for _, name := range names {
		next := yamlChild(n, name)
		if next == nil {
			break
		}
		n = next
	}
	return max(n.Line, 1), max(n.Column, 1)
}

func yamlChild(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

type span struct{ start, end int }

// yamlReader writes nodes as compact JSON. What an anchor names is written once
// and copied for each alias.
type yamlReader struct {
	out      []byte
	spans    map[*yaml.Node]span // where anchored nodes stand in out
	open     map[*yaml.Node]bool // being written, so an alias to it is a cycle
	expanded int                 // bytes written for aliases and merge keys
	limit    int                 // of expanded
	merged   int                 // keys looked at for merge keys
}

func failAt(n *yaml.Node, code, detail string) *SyntaxError {
	return &SyntaxError{Code: code, Line: max(n.Line, 1), Column: max(n.Column, 1), Detail: detail}
}

func (w *yamlReader) value(n *yaml.Node, depth int) *SyntaxError {
	if depth > maxNesting+1 {
		return failAt(n, CodeTooDeep, "")
	}
	start := len(w.out)
	if n.Anchor != "" && n.Kind != yaml.AliasNode {
		w.open[n] = true
		defer func() {
			delete(w.open, n)
			w.spans[n] = span{start, len(w.out)}
		}()
	}
	switch n.Kind {
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		return w.sequence(n, depth)
	case yaml.AliasNode:
		return w.alias(n, depth)
	case yaml.ScalarNode:
		w.out = appendScalar(w.out, n)
		return nil
	}
	return failAt(n, CodeYAML, "unexpected node")
}

func (w *yamlReader) alias(n *yaml.Node, depth int) *SyntaxError {
	if n.Alias == nil || w.open[n.Alias] {
		return failAt(n, CodeTooLarge, n.Value)
	}
	start := len(w.out)
	if s, ok := w.spans[n.Alias]; ok {
		if w.expanded+s.end-s.start > w.limit {
			return failAt(n, CodeTooLarge, n.Value)
		}
		w.out = append(w.out, w.out[s.start:s.end]...)
	} else if err := w.value(n.Alias, depth); err != nil {
		return err
	}
	return w.grew(n, start)
}

// grew counts what an alias or a merge key has added since start.
func (w *yamlReader) grew(n *yaml.Node, start int) *SyntaxError {
	if w.expanded += len(w.out) - start; w.expanded > w.limit {
		return failAt(n, CodeTooLarge, n.Value)
	}
	return nil
}

func (w *yamlReader) sequence(n *yaml.Node, depth int) *SyntaxError {
	w.out = append(w.out, '[')
	for i, item := range n.Content {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(item, depth+1); err != nil {
			return err.within(strconv.Itoa(i))
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *yamlReader) mapping(n *yaml.Node, depth int) *SyntaxError {
	names := make([]string, 0, len(n.Content)/2)
	taken := make(map[string]bool, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		name, err := keyName(n.Content[i])
		if err != nil {
			return err
		}
		if taken[name] {
			return failAt(n.Content[i], CodeDuplicateKey, name).within(name)
		}
		taken[name] = true
		names = append(names, name)
	}
	w.out = append(w.out, '{')
	for i, name := range names {
		key, item := n.Content[2*i], n.Content[2*i+1]
		if isMerge(key) {
			if err := w.merge(item, taken, depth); err != nil {
				return err
			}
			continue
		}
		if err := w.member(name, item, depth); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

func (w *yamlReader) member(name string, item *yaml.Node, depth int) *SyntaxError {
	w.out = appendKey(appendComma(w.out), name)
	if err := w.value(item, depth+1); err != nil {
		return err.within(name)
	}
	return nil
}

// merge writes the members of the mappings that a "<<" names, where none of the
// same name is taken yet.
func (w *yamlReader) merge(from *yaml.Node, taken map[string]bool, depth int) *SyntaxError {
	if depth > maxNesting {
		return failAt(from, CodeTooDeep, "")
	}
	if from.Kind == yaml.AliasNode {
		from = from.Alias
	}
	if w.open[from] {
		return failAt(from, CodeTooLarge, "<<")
	}
	if from.Kind == yaml.SequenceNode {
		for _, item := range from.Content {
			if err := w.merge(item, taken, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if from.Kind != yaml.MappingNode {
		return failAt(from, CodeYAML, "<< needs a mapping")
	}
	for i := 0; i < len(from.Content); i += 2 {
		if w.merged++; w.merged > w.limit/maxExpansionFactor {
			return failAt(from, CodeTooLarge, "<<")
		}
		key, item, start := from.Content[i], from.Content[i+1], len(w.out)
		name, err := keyName(key)
		if err == nil && isMerge(key) {
			err = w.merge(item, taken, depth+1)
		} else if err == nil && !taken[name] {
			taken[name] = true
			err = w.member(name, item, depth)
		}
		if err == nil && !isMerge(key) {
			err = w.grew(from, start)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func keyName(n *yaml.Node) (string, *SyntaxError) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", failAt(n, CodeYAML, "a key must be a scalar")
	}
	return n.Value, nil
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && isPlain(key)
}
