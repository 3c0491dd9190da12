// Answers what OPA makes of programs: one JSON request per line on standard input, one JSON answer per line on standard output.
//
// Request: {"modules": [text], "rules": ["p", …], "input": …, "data": …, "strict": bool}; rules are names in package `fuzz`.
// Answer: {"rejected": [{"code","row","col","message"}]} if OPA does not compile the modules, otherwise
// {"rules": [{"value": …} | {"undefined": true} | {"error": code, "message": …}]}, one per rule.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

type request struct {
	Modules []string        `json:"modules"`
	Rules   []string        `json:"rules"`
	Input   json.RawMessage `json:"input"`
	Data    json.RawMessage `json:"data"`
	Strict  bool            `json:"strict"`
}

type rejection struct {
	Code    string `json:"code"`
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"`
}

type outcome struct {
	Value     any    `json:"value,omitempty"`
	Undefined bool   `json:"undefined,omitempty"`
	Error     string `json:"error,omitempty"`
	Message   string `json:"message,omitempty"`
}

type answer struct {
	Rejected []rejection `json:"rejected,omitempty"`
	Rules    []outcome   `json:"rules,omitempty"`
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
	modules := map[string]*ast.Module{}
	for i, text := range r.Modules {
		name := fmt.Sprintf("module%d.rego", i)
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			return answer{Rejected: rejections(err)}
		}
		modules[name] = module
	}
	compiler := ast.NewCompiler().WithStrict(r.Strict).SetErrorLimit(0)
	if compiler.Compile(modules); compiler.Failed() {
		return answer{Rejected: rejections(compiler.Errors)}
	}
	var data map[string]any
	if len(r.Data) == 0 || util.UnmarshalJSON(r.Data, &data) != nil {
		data = map[string]any{}
	}
	store := inmem.NewFromObject(data)
	options := []func(*rego.Rego){rego.Compiler(compiler), rego.Store(store), rego.SetRegoVersion(ast.RegoV1)}
	if len(r.Input) > 0 {
		var input any
		if err := util.UnmarshalJSON(r.Input, &input); err == nil {
			options = append(options, rego.Input(input))
		}
	}
	var a answer
	for _, rule := range r.Rules {
		a.Rules = append(a.Rules, evaluate(append([]func(*rego.Rego){rego.Query("data.fuzz." + rule)}, options...)))
	}
	return a
}

func evaluate(options []func(*rego.Rego)) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	results, err := rego.New(options...).Eval(ctx)
	if err != nil {
		var topdownError *topdown.Error
		if errors.As(err, &topdownError) {
			return outcome{Error: topdownError.Code, Message: topdownError.Message}
		}
		return outcome{Error: "other", Message: err.Error()}
	}
	if len(results) == 0 {
		return outcome{Undefined: true}
	}
	value := box{results[0].Expressions[0].Value}
	// OPA can make numbers that are no JSON, as to_number("007") does.
	if _, err := json.Marshal(value); err != nil {
		return outcome{Error: "unprintable", Message: err.Error()}
	}
	return outcome{Value: value}
}

func rejections(err error) []rejection {
	var errs ast.Errors
	if !errors.As(err, &errs) {
		return []rejection{{Code: "other", Message: err.Error()}}
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
