// Answers what OPA makes of programs: one JSON request per line on standard input, one JSON answer per line on standard output.
//
// Request: {"modules": [text], "documents": ["fuzz/p", …], "queries": [text], "input": …, "data": …, "v0": bool, "strict": bool};
// documents are paths below `data`. Answer: {"rejected": [{"code","row","col","message"}]} if OPA does not compile the modules, otherwise
// {"documents": [outcomes], "queries": [outcomes]}: for each the outcomes that OPA may give, first the one that it gives, then different
// ones that it gives without its rule index and without leaving rules early, both of which may skip statements that fail. An outcome is
// {"value": {"v": …}}, {"undefined": true}, {"rows": [bindings]} or {"error": code, "message": …}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

type request struct {
	Modules   []string        `json:"modules"`
	Documents []string        `json:"documents"`
	Queries   []string        `json:"queries"`
	Input     json.RawMessage `json:"input"`
	Data      json.RawMessage `json:"data"`
	V0        bool            `json:"v0"`
	Strict    bool            `json:"strict"`
}

type rejection struct {
	Code    string `json:"code"`
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"`
}

type outcome struct {
	Value     any          `json:"value,omitempty"`
	Undefined bool         `json:"undefined,omitempty"`
	Rows      *[]rego.Vars `json:"rows,omitempty"`
	Error     string       `json:"error,omitempty"`
	Message   string       `json:"message,omitempty"`
}

type answer struct {
	Rejected  []rejection `json:"rejected,omitempty"`
	Documents [][]outcome `json:"documents,omitempty"`
	Queries   [][]outcome `json:"queries,omitempty"`
}

// box keeps a null result apart from a missing one.
type box struct {
	V any `json:"v"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		text, err := json.Marshal(answerTo(r))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out.Write(text)
		out.WriteByte('\n')
		out.Flush()
	}
}

func answerTo(r request) answer {
	version := ast.RegoV1
	if r.V0 {
		version = ast.RegoV0
	}
	modules := map[string]*ast.Module{}
	for i, text := range r.Modules {
		name := fmt.Sprintf("module%d.rego", i)
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: version})
		if err != nil {
			return answer{Rejected: rejections(err)}
		}
		modules[name] = module
	}
	compiler := ast.NewCompiler().WithDefaultRegoVersion(version).WithStrict(r.Strict).SetErrorLimit(0)
	if compiler.Compile(modules); compiler.Failed() {
		return answer{Rejected: rejections(compiler.Errors)}
	}
	var data map[string]any
	if len(r.Data) == 0 || util.UnmarshalJSON(r.Data, &data) != nil {
		data = map[string]any{}
	}
	store := inmem.NewFromObject(data)
	options := []func(*rego.Rego){rego.Compiler(compiler), rego.Store(store), rego.SetRegoVersion(version), rego.Strict(r.Strict)}
	if len(r.Input) > 0 {
		var input any
		if err := util.UnmarshalJSON(r.Input, &input); err == nil {
			options = append(options, rego.Input(input))
		}
	}
	if r.V0 {
		options = append(options, rego.Imports([]string{"future.keywords"}))
	}
	var a answer
	for _, path := range r.Documents {
		a.Documents = append(a.Documents, evaluate("data."+strings.ReplaceAll(path, "/", "."), document, options))
	}
	for _, query := range r.Queries {
		a.Queries = append(a.Queries, evaluate(query, solutions, options))
	}
	return a
}

// evaluate asks with OPA's optimisations on, then without them; further outcomes only if they differ.
func evaluate(query string, show func(rego.ResultSet) outcome, options []func(*rego.Rego)) []outcome {
	prepared, err := rego.New(append([]func(*rego.Rego){rego.Query(query)}, options...)...).PrepareForEval(context.Background())
	if err != nil {
		return []outcome{failure(err)}
	}
	var found []outcome
	seen := map[string]bool{}
	for _, index := range []bool{true, false} {
		for _, early := range []bool{true, false} {
			one := run(prepared, show, rego.EvalRuleIndexing(index), rego.EvalEarlyExit(early))
			text, _ := json.Marshal(outcome{Value: one.Value, Rows: one.Rows, Undefined: one.Undefined, Error: one.Error})
			if !seen[string(text)] {
				seen[string(text)] = true
				found = append(found, one)
			}
		}
	}
	return found
}

func run(prepared rego.PreparedEvalQuery, show func(rego.ResultSet) outcome, options ...rego.EvalOption) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	results, err := prepared.Eval(ctx, options...)
	if err != nil {
		return failure(err)
	}
	one := show(results)
	// OPA can make numbers that are no JSON, as to_number("007") does.
	if _, err := json.Marshal(one); err != nil {
		return outcome{Error: "unprintable", Message: err.Error()}
	}
	return one
}

func failure(err error) outcome {
	var topdownError *topdown.Error
	if errors.As(err, &topdownError) {
		return outcome{Error: topdownError.Code, Message: topdownError.Message}
	}
	// A query that does not compile: all codes, each once.
	codes := map[string]bool{}
	for _, r := range rejections(err) {
		codes[r.Code] = true
	}
	return outcome{Error: strings.Join(slices.Sorted(maps.Keys(codes)), " "), Message: err.Error()}
}

func document(results rego.ResultSet) outcome {
	if len(results) == 0 {
		return outcome{Undefined: true}
	}
	return outcome{Value: box{results[0].Expressions[0].Value}}
}

func solutions(results rego.ResultSet) outcome {
	rows := []rego.Vars{}
	for _, result := range results {
		rows = append(rows, result.Bindings)
	}
	return outcome{Rows: &rows}
}

func rejections(err error) []rejection {
	var errs ast.Errors
	var several rego.Errors
	if errors.As(err, &several) && len(several) > 0 {
		var found []rejection
		for _, one := range several {
			found = append(found, rejections(one)...)
		}
		return found
	}
	if !errors.As(err, &errs) {
		var one *ast.Error
		if !errors.As(err, &one) {
			return []rejection{{Code: "other", Message: err.Error()}}
		}
		errs = ast.Errors{one}
	}
	found := make([]rejection, 0, len(errs))
	for _, e := range errs {
		r := rejection{Code: e.Code, Message: e.Message}
		if e.Location != nil {
			r.Row, r.Col = e.Location.Row, e.Location.Col
		}
		found = append(found, r)
	}
	return found
}
