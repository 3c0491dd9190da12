// Prints the syntax trees and parse errors of OPA for the texts on standard input, in the form of parse_dump.rs.
//
// Input: one JSON object per line, {"text": …, "version": 0|1|2, "query": bool}. Output: one line each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

type request struct {
	Text    string `json:"text"`
	Version int    `json:"version"`
	Query   bool   `json:"query"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	dec := json.NewDecoder(in)
	for {
		var r request
		if dec.Decode(&r) != nil {
			return
		}
		fmt.Fprintln(out, answer(r))
	}
}

func answer(r request) string {
	version := map[int]ast.RegoVersion{0: ast.RegoV0, 1: ast.RegoV1, 2: ast.RegoV2}[r.Version]
	opts := ast.ParserOptions{RegoVersion: version}
	if r.Version == 0 {
		opts.Capabilities = ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(ast.RegoV0))
	}
	if r.Query {
		opts.SkipRules = true
		body, err := ast.ParseBodyWithOpts(r.Text, opts)
		if err != nil {
			return errs(err)
		}
		return "ok " + bodyStr(body)
	}
	m, err := ast.ParseModuleWithOpts("", r.Text, opts)
	if err != nil {
		return errs(err)
	}
	var sb strings.Builder
	sb.WriteString("ok (package " + ref(m.Package.Path[1:], false) + ")")
	for _, i := range m.Imports {
		alias := ""
		if i.Alias != "" {
			alias = " as " + string(i.Alias)
		}
		sb.WriteString(" (import " + ref(i.Path.Value.(ast.Ref), false) + alias + at(i.Location) + ")")
	}
	for _, r := range m.Rules {
		sb.WriteString(" " + rule(r))
	}
	return sb.String()
}

func errs(err error) string {
	list, ok := err.(ast.Errors)
	if !ok {
		return "error " + fmt.Sprintf("%q", err.Error())
	}
	parts := []string{}
	for _, e := range list {
		parts = append(parts, fmt.Sprintf("%d:%d %s", e.Location.Row, e.Location.Col, e.Message))
	}
	b, _ := json.Marshal(parts)
	return "errors " + string(b)
}

func at(l *ast.Location) string {
	if l == nil {
		return "@?"
	}
	return fmt.Sprintf("@%d:%d", l.Row, l.Col)
}

func rule(r *ast.Rule) string {
	var sb strings.Builder
	sb.WriteString("(rule")
	if r.Default {
		sb.WriteString(" default")
	}
	h := r.Head
	sb.WriteString(" " + ref(h.Ref(), true))
	if len(h.Args) > 0 {
		sb.WriteString(" (args")
		for _, a := range h.Args {
			sb.WriteString(" " + term(a))
		}
		sb.WriteString(")")
	}
	if h.Value != nil {
		sb.WriteString(" (= " + term(h.Value) + ")")
	} else {
		sb.WriteString(" (key " + term(h.Key) + ")")
	}
	if h.Assign {
		sb.WriteString(" assign")
	}
	sb.WriteString(" " + bodyStr(r.Body))
	for e := r.Else; e != nil; e = e.Else {
		sb.WriteString(" (else " + term(e.Head.Value))
		if e.Head.Assign && !h.Assign {
			sb.WriteString(" assign")
		}
		sb.WriteString(" " + bodyStr(e.Body) + at(e.Location) + ")")
	}
	return sb.String() + at(r.Location) + ")"
}

func bodyStr(b ast.Body) string {
	parts := make([]string, len(b))
	for i, e := range b {
		parts[i] = expr(e)
	}
	return "[" + strings.Join(parts, "; ") + "]"
}

func expr(e *ast.Expr) string {
	var s string
	switch t := e.Terms.(type) {
	case *ast.Term:
		s = term(t)
	case []*ast.Term:
		s = call(t)
	case *ast.SomeDecl:
		parts := []string{}
		for _, x := range t.Symbols {
			parts = append(parts, term(x))
		}
		s = "(some " + strings.Join(parts, " ") + ")"
	case *ast.Every:
		key := ""
		if t.Key != nil {
			key = term(t.Key) + " "
		}
		s = "(every " + key + term(t.Value) + " " + term(t.Domain) + " " + bodyStr(t.Body) + ")"
	case *ast.Not:
		s = fmt.Sprintf("(not-body %v %s)", t.ExplicitBody, bodyStr(t.Body))
	case *ast.LogicalAnd:
		s = fmt.Sprintf("(logical-and %v %s %v %s)", t.ExplicitLhs, bodyStr(t.Lhs), t.ExplicitRhs, bodyStr(t.Rhs))
	case *ast.LogicalOr:
		s = fmt.Sprintf("(logical-or %v %s %v %s)", t.ExplicitLhs, bodyStr(t.Lhs), t.ExplicitRhs, bodyStr(t.Rhs))
	default:
		panic(fmt.Sprintf("%T", t))
	}
	if e.Negated {
		s = "(not " + s + ")"
	}
	for _, w := range e.With {
		s += " with " + term(w.Target) + " as " + term(w.Value)
	}
	if e.Generated {
		return s
	}
	return s + at(e.Location)
}

func call(t []*ast.Term) string {
	parts := []string{}
	for i, x := range t {
		if i == 0 {
			if r, ok := x.Value.(ast.Ref); ok {
				parts = append(parts, ref(r, false))
				continue
			}
		}
		parts = append(parts, term(x))
	}
	return "(call " + strings.Join(parts, " ") + ")"
}

func ref(r ast.Ref, places bool) string {
	parts := []string{}
	for _, x := range r {
		if places {
			parts = append(parts, term(x))
		} else {
			parts = append(parts, plain(x))
		}
	}
	return "(ref " + strings.Join(parts, " ") + ")"
}

func plain(t *ast.Term) string {
	if v, ok := t.Value.(ast.Var); ok {
		return varStr(v)
	}
	return term(t)
}

func varStr(v ast.Var) string {
	if v.IsWildcard() {
		return "_"
	}
	return string(v)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func term(t *ast.Term) string {
	switch v := t.Value.(type) {
	case ast.Null:
		return "null"
	case ast.Boolean:
		return fmt.Sprint(bool(v))
	case ast.Number:
		return string(v)
	case ast.String:
		return quote(string(v))
	case ast.Var:
		return varStr(v) + at(t.Location)
	case ast.Ref:
		return ref(v, true) + at(t.Location)
	case ast.Call:
		return call(v)
	case *ast.Array:
		parts := []string{}
		v.Foreach(func(x *ast.Term) { parts = append(parts, term(x)) })
		return "(array " + strings.Join(parts, " ") + ")"
	case ast.Set:
		parts := []string{}
		v.Foreach(func(x *ast.Term) { parts = append(parts, term(x)) })
		sort.Strings(parts)
		return "(set " + strings.Join(parts, " ") + ")"
	case ast.Object:
		parts := []string{}
		v.Foreach(func(k, x *ast.Term) { parts = append(parts, term(k)+": "+term(x)) })
		sort.Strings(parts)
		return "(object " + strings.Join(parts, " ") + ")"
	case *ast.ArrayComprehension:
		return "(array-compr " + term(v.Term) + " " + bodyStr(v.Body) + ")"
	case *ast.SetComprehension:
		return "(set-compr " + term(v.Term) + " " + bodyStr(v.Body) + ")"
	case *ast.ObjectComprehension:
		return "(object-compr " + term(v.Key) + ": " + term(v.Value) + " " + bodyStr(v.Body) + ")"
	case *ast.TemplateString:
		parts := []string{}
		for _, p := range v.Parts {
			switch p := p.(type) {
			case *ast.Term:
				parts = append(parts, term(p))
			case *ast.Expr:
				parts = append(parts, expr(p))
			}
		}
		return fmt.Sprintf("(template %v %s)", v.MultiLine, strings.Join(parts, " "))
	}
	panic(fmt.Sprintf("%T", t.Value))
}
