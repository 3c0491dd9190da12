// Answers what OPA's built-ins give: one call per line on standard input, one answer per line on standard output.
//
// Call: {"n": name, "a": [arguments]}. Answer: {"r": {"v": value}}, {"u": true} (undefined), {"k": class, "e": text} (error),
// {"crash": text} where OPA panics, or {"slow": true}. What JSON lacks is tagged: $set, $obj, $bytes (base64).
// Results of a relation are collected in an array.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// The time at which every call happens.
const now = "1700000000123456789"

const patience = 3 * time.Second

type call struct {
	Name string `json:"n"`
	Args []any  `json:"a"`
}

type answer struct {
	Result *struct {
		V any `json:"v"`
	} `json:"r,omitempty"`
	Undefined bool   `json:"u,omitempty"`
	Kind      string `json:"k,omitempty"`
	Error     string `json:"e,omitempty"`
	Crash     string `json:"crash,omitempty"`
	Slow      bool   `json:"slow,omitempty"`
}

func main() {
	// Random.intn and the like are not compared, so any seed will do.
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var c call
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		text, err := marshal(answerTo(c))
		if err != nil {
			text, _ = marshal(answer{Crash: err.Error()})
		}
		out.Write(text)
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func answerTo(c call) answer {
	done := make(chan answer, 1)
	cancel := topdown.NewCancel()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- answer{Crash: fmt.Sprint(r)}
			}
		}()
		done <- run(ctx, cancel, c)
	}()
	select {
	case a := <-done:
		return a
	case <-time.After(patience):
		cancel.Cancel()
		return answer{Slow: true}
	}
}

func run(ctx context.Context, cancel topdown.Cancel, c call) answer {
	f := topdown.GetBuiltin(c.Name)
	if f == nil {
		return answer{Crash: "no such built-in"}
	}
	terms := make([]*ast.Term, len(c.Args))
	for i, a := range c.Args {
		terms[i] = untag(a)
	}
	bctx := topdown.BuiltinContext{
		Context:        ctx,
		Metrics:        metrics.New(),
		Seed:           rand.New(rand.NewSource(1)),
		Time:           ast.NumberTerm(now),
		Cancel:         cancel,
		Runtime:        ast.NewTerm(ast.NewObject()),
		Cache:          builtins.Cache{},
		NDBuiltinCache: builtins.NDBCache{},
		Location:       ast.NewLocation([]byte("call"), "", 1, 1),
		Capabilities:   ast.CapabilitiesForThisVersion(),
	}
	var results []*ast.Term
	err := f(bctx, terms, func(t *ast.Term) error {
		results = append(results, t)
		return nil
	})
	if err != nil {
		return failure(c.Name, err)
	}
	box := &struct {
		V any `json:"v"`
	}{}
	switch {
	case isRelation(c.Name):
		list := []any{}
		for _, r := range results {
			list = append(list, tag(r.Value))
		}
		box.V = list
	case len(results) == 0 || results[0] == nil || results[0].Value == nil:
		return answer{Undefined: true}
	default:
		box.V = tag(results[0].Value)
	}
	return answer{Result: box}
}

func isRelation(name string) bool {
	b, ok := ast.BuiltinMap[name]
	return ok && b.Relation
}

func failure(name string, err error) answer {
	var halt topdown.Halt
	a := answer{Kind: "builtin", Error: err.Error()}
	if errors.As(err, &halt) {
		a = answer{Kind: "halt", Error: halt.Err.Error()}
		err = halt.Err
	}
	var e *topdown.Error
	if errors.As(err, &e) {
		a.Error = e.Message
		if e.Code == topdown.TypeErr && a.Kind != "halt" {
			a.Kind = "type"
		}
		if e.Code == topdown.CancelErr {
			return answer{Slow: true}
		}
	}
	a.Error = strings.TrimPrefix(a.Error, name+": ")
	// As Go's JSON encoder does: each wrong byte becomes U+FFFD.
	a.Error = string([]rune(a.Error))
	return a
}

func untag(v any) *ast.Term {
	switch v := v.(type) {
	case nil:
		return ast.NullTerm()
	case bool:
		return ast.BooleanTerm(v)
	case json.Number:
		return ast.NumberTerm(v)
	case string:
		return ast.StringTerm(v)
	case []any:
		return ast.ArrayTerm(terms(v)...)
	case map[string]any:
		if len(v) == 1 {
			if a, ok := v["$set"].([]any); ok {
				return ast.SetTerm(terms(a)...)
			}
			if a, ok := v["$obj"].([]any); ok {
				o := ast.NewObject()
				for _, p := range a {
					pair := p.([]any)
					o.Insert(untag(pair[0]), untag(pair[1]))
				}
				return ast.NewTerm(o)
			}
			if s, ok := v["$bytes"].(string); ok {
				b, err := base64.StdEncoding.DecodeString(s)
				if err != nil {
					panic(err)
				}
				return ast.StringTerm(string(b))
			}
		}
		o := ast.NewObject()
		for k, e := range v {
			o.Insert(ast.StringTerm(k), untag(e))
		}
		return ast.NewTerm(o)
	}
	panic(fmt.Sprintf("%T", v))
}

func terms(a []any) []*ast.Term {
	out := make([]*ast.Term, len(a))
	for i, v := range a {
		out[i] = untag(v)
	}
	return out
}

func tag(v ast.Value) any {
	switch v := v.(type) {
	case ast.Null:
		return nil
	case ast.Boolean:
		return bool(v)
	case ast.Number:
		// OPA can make numbers that are no JSON, as to_number("007") does.
		if n := json.Number(v); json.Valid([]byte(n)) {
			return n
		}
		return map[string]any{"$number": string(v)}
	case ast.String:
		if utf8.ValidString(string(v)) {
			return string(v)
		}
		return map[string]any{"$bytes": base64.StdEncoding.EncodeToString([]byte(v))}
	case *ast.Array:
		out := make([]any, 0, v.Len())
		v.Foreach(func(t *ast.Term) { out = append(out, tag(t.Value)) })
		return out
	case ast.Set:
		out := []any{}
		for _, t := range v.Slice() {
			out = append(out, tag(t.Value))
		}
		return map[string]any{"$set": out}
	case ast.Object:
		return tagObject(v)
	}
	return map[string]any{"$other": fmt.Sprintf("%T %v", v, v)}
}

func tagObject(o ast.Object) any {
	plain := map[string]any{}
	isPlain := true
	pairs := []any{}
	o.Foreach(func(k, v *ast.Term) {
		value := tag(v.Value)
		s, ok := k.Value.(ast.String)
		if !ok || !utf8.ValidString(string(s)) || strings.HasPrefix(string(s), "$") {
			isPlain = false
		} else {
			plain[string(s)] = value
		}
		pairs = append(pairs, []any{tag(k.Value), value})
	})
	if isPlain {
		return plain
	}
	return map[string]any{"$obj": pairs}
}
