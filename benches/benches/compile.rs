//! How long compiling takes, in process: text in, module bytes out; nothing is loaded or run.
//!
//! | group | measures |
//! | --- | --- |
//! | `compile/50-lines` | a policy of the size that people write |
//! | `compile/30000-lines` | one of the size that generators write |

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use writ_compiler::{Options, Source, compile};

/// A policy of about `lines` lines: roles, conditions on input and data, sets, functions, comprehensions.
fn policy(lines: usize) -> String {
    let mut text = String::from("package bench\n\ndefault allow := false\n");
    let mut written = 3;
    let mut n = 0;
    while written + 10 <= lines {
        let _ = write!(
            text,
            "\nallow if {{\n\tinput.role == \"role{n}\"\n\tinput.resource.owner == data.owners[input.user]\n\tinput.level > {level}\n}}\n\
             \nviolations contains msg if {{ some x in input.items; x.size > limit{n}(x); msg := sprintf(\"item %v exceeds {n}\", [x.id]) }}\n\
             \nlimit{n}(x) := count([y | some y in input.items; y.kind == x.kind]) + {n}\n",
            level = n % 10,
        );
        written += 10;
        n += 1;
    }
    text
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    for lines in [50, 30_000] {
        let sources = [Source { name: "bench.rego".to_owned(), text: policy(lines).into_bytes(), rego_version: None }];
        let options = Options {
            entrypoints: vec!["bench/allow".to_owned(), "bench/violations".to_owned()],
            ..Options::default()
        };
        if lines > 1000 {
            group.sample_size(10);
        }
        group.bench_function(BenchmarkId::from_parameter(format!("{lines}-lines")), |b| {
            b.iter(|| {
                let output = compile(black_box(&sources), &options);
                assert!(output.wasm.is_some(), "{:?}", output.diagnostics);
                output.wasm
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
