// OPA's Go evaluator as a peer of the comparison: one JSON request per line on standard input, one JSON answer per line on standard output.
//
// {"op":"load","modules":[text],"data":file,"input":file,"query":text} prepares a query and gives its answer: {"defined":bool,"answer":…}.
// {"op":"run","mode":"json"|"native","nanos":n} decides for about n nanoseconds and gives {"batches":[…],"singles":[…]}: nanoseconds per decision of
// runs of decisions that were timed together, and of decisions that were timed one by one (less what reading the clock costs).
//
// Each is measured in the fastest form that OPA's library has: a prepared query, base data as terms that are read without a copy, and for
// "native" an input that is already a term.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
	"github.com/open-policy-agent/opa/v1/version"
)

type request struct {
	Op      string   `json:"op"`
	Modules []string `json:"modules"`
	Data    string   `json:"data"`
	Input   string   `json:"input"`
	Query   string   `json:"query"`
	Mode    string   `json:"mode"`
	Nanos   int64    `json:"nanos"`
}

type answer struct {
	Version string    `json:"version,omitempty"`
	Defined bool      `json:"defined"`
	Answer  any       `json:"answer"`
	Batches []float64 `json:"batches,omitempty"`
	Singles []float64 `json:"singles,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// loaded is a case that is ready to be measured.
type loaded struct {
	query rego.PreparedEvalQuery
	text  []byte
	input ast.Value
}

func load(req request) (*loaded, error) {
	data := map[string]any{}
	if req.Data != "" {
		text, err := os.ReadFile(req.Data)
		if err != nil {
			return nil, err
		}
		if err := util.UnmarshalJSON(text, &data); err != nil {
			return nil, err
		}
	}
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))
	options := []func(*rego.Rego){rego.Query(req.Query), rego.Store(store)}
	for n, text := range req.Modules {
		options = append(options, rego.Module(fmt.Sprintf("policy%d.rego", n), text))
	}
	query, err := rego.New(options...).PrepareForEval(context.Background())
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(req.Input)
	if err != nil {
		return nil, err
	}
	input, err := parse(text)
	return &loaded{query, text, input}, err
}

func parse(text []byte) (ast.Value, error) {
	var value any
	if err := util.NewJSONDecoder(bytes.NewReader(text)).Decode(&value); err != nil {
		return nil, err
	}
	return ast.InterfaceToValue(value)
}

func (l *loaded) decide(mode string) (rego.ResultSet, error) {
	input := l.input
	if mode == "json" {
		var err error
		if input, err = parse(l.text); err != nil {
			return nil, err
		}
	}
	return l.query.Eval(context.Background(), rego.EvalParsedInput(input))
}

// clockCost is the least time between two readings of the clock.
func clockCost() time.Duration {
	least := time.Second
	for range 10_000 {
		start := time.Now()
		least = min(least, time.Since(start))
	}
	return least
}

// run decides for half of the time in batches of about 20 microseconds, then one by one.
func (l *loaded) run(mode string, nanos int64, clock time.Duration) (answer, error) {
	var out answer
	half := time.Duration(nanos / 2)
	batch := 1
	for begin := time.Now(); time.Since(begin) < half || len(out.Batches) == 0; {
		start := time.Now()
		for range batch {
			if _, err := l.decide(mode); err != nil {
				return out, err
			}
		}
		took := time.Since(start) - clock
		if took < 20*time.Microsecond && batch < 1<<20 {
			batch *= 2
			continue
		}
		out.Batches = append(out.Batches, float64(took)/float64(batch))
	}
	for begin := time.Now(); time.Since(begin) < half || len(out.Singles) == 0; {
		start := time.Now()
		_, err := l.decide(mode)
		took := time.Since(start) - clock
		if err != nil {
			return out, err
		}
		out.Singles = append(out.Singles, float64(took))
	}
	return out, nil
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	clock := clockCost()
	var current *loaded
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := out.Encode(handle(line, &current, clock)); err != nil {
			return
		}
	}
}

func handle(line []byte, current **loaded, clock time.Duration) answer {
	failed := func(err error) answer { return answer{Error: err.Error()} }
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return failed(err)
	}
	if req.Op == "load" {
		loaded, err := load(req)
		if err != nil {
			return failed(err)
		}
		*current = loaded
		results, err := loaded.decide("json")
		if err != nil {
			return failed(err)
		}
		given := answer{Version: version.Version}
		if len(results) > 0 && len(results[0].Expressions) > 0 {
			given.Defined, given.Answer = true, results[0].Expressions[0].Value
		}
		return given
	}
	if *current == nil {
		return answer{Error: "nothing is loaded"}
	}
	measured, err := (*current).run(req.Mode, req.Nanos, clock)
	if err != nil {
		return failed(err)
	}
	return measured
}
