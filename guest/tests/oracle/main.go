// Fills in what OPA answers to the calls in ../cases: go run . ../cases/*.txt
//
// A line is `name TAB operand TAB … TAB => TAB answer`; lines that are empty or start with # stay. Operands are given as
// input, so that the compiler's type checker does not see them. The answer is a value in Rego notation, `undefined`, or
// `error: code: text` (with strict built-in errors).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func answer(name string, operands []string) (text string) {
	terms := make([]*ast.Term, len(operands))
	args := make([]string, len(operands))
	for i, operand := range operands {
		terms[i] = ast.MustParseTerm(operand)
		args[i] = fmt.Sprintf("input[%d]", i)
	}
	query := fmt.Sprintf("x := %s(%s)", name, strings.Join(args, ", "))
	if name == "walk" {
		query = fmt.Sprintf("x := [y | walk(%s, y)]", args[0])
	}
	q := rego.New(rego.ParsedQuery(ast.MustParseBodyWithOpts(query, ast.ParserOptions{RegoVersion: ast.RegoV0})),
		rego.SetRegoVersion(ast.RegoV0), rego.StrictBuiltinErrors(true),
		// Parsed input keeps sets, which JSON input would not.
		rego.ParsedInput(ast.ArrayTerm(terms...).Value), rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value.String(), nil }))
	// json.patch panics when the root was removed.
	defer func() {
		if recover() != nil {
			text = "undefined"
		}
	}()
	rs, err := q.Eval(context.Background())
	var e *topdown.Error
	switch {
	case errors.As(err, &e):
		return "error: " + e.Code + ": " + strings.ReplaceAll(e.Message, "\n", "\\n")
	case err != nil:
		panic(err)
	case len(rs) == 0:
		return "undefined"
	}
	return rs[0].Bindings["x"].(string)
}

func main() {
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		var out strings.Builder
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n")
			if line != "" && !strings.HasPrefix(line, "#") {
				call, _, _ := strings.Cut(line, "\t=>")
				parts := strings.Split(call, "\t")
				line = call + "\t=>\t" + answer(parts[0], parts[1:])
			}
			out.WriteString(line + "\n")
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			panic(err)
		}
	}
}
