//! Bounds on hostile templates; results are checked against OPA in `tests/opa.rs`.

use writ_value::{Value, json};

use crate::{Caches, Context, lookup};

fn render(template: &str, data: &str) -> Result<Value, String> {
    let mut context = Context::new(Caches::new(), 0);
    let args = [template.into(), json::parse(data.as_bytes()).expect("JSON")];
    let answer = lookup("strings.render_template").expect("there").call(&mut context, &args);
    answer.map(|v| v.expect("defined")).map_err(|e| e.to_string())
}

#[test]
fn recursion_and_nesting_are_bounded() {
    assert!(render(r#"{{define "a"}}{{template "a"}}{{end}}{{template "a"}}"#, "{}").is_err());
    assert!(render(&format!("{}1{}", "{{(", "(".repeat(5000)), "{}").is_err());
    assert!(render(&"{{if 1}}".repeat(5000), "{}").is_err());
    assert!(render(&format!("{{{{if 1}}}}{}", "{{else if 1}}".repeat(5000)), "{}").is_err());
    assert!(render(&"{{block \"a\" 1}}".repeat(5000), "{}").is_err());
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(900), "]".repeat(900));
    assert!(render("{{.a}}", &deep).is_ok());
}

#[test]
fn loops_and_growth_are_bounded() {
    assert!(render("{{range 9000000000000000000}}x{{end}}", "{}").is_err());
    let doubling = r#"{{$x := "xxxxxxxx"}}{{range 100}}{{$x = print $x $x}}{{end}}"#;
    assert!(render(doubling, "{}").is_err());
    assert!(render(r#"{{range 1000}}{{printf "%1000000d" 1}}{{end}}"#, "{}").is_err());
    let wide = format!(r#"{{"l":[{}1]}}"#, "1,".repeat(10_000));
    assert!(render(r#"{{printf "%999999v" .l}}"#, &wide).is_err());
}
