//! A built-in of the application: policies ask what only the application knows.
//!
//! ```sh
//! cargo run --release --example custom_builtin
//! ```

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use writ::{CallError, CustomBuiltin, Error, Value, Writ};

const POLICY: &str = r#"package duty

default page := false

page if {
    input.severity >= 3
    acme.on_duty(input.user)
}
"#;

pub(crate) fn run() -> Result<[bool; 3], Error> {
    let on_duty = Arc::new(RwLock::new(BTreeSet::from(["ann".to_owned()])));
    let asked = on_duty.clone();
    // Its answer changes from call to call, so it is declared as varying, and decisions that it takes part in are never kept.
    let builtin = CustomBuiltin::nondeterministic(
        "acme.on_duty",
        r#"{"args": [{"type": "string"}], "result": {"type": "boolean"}}"#,
        move |_, args| {
            let user = args[0].as_str().ok_or_else(|| CallError::operand("operand 1 must be a string"))?;
            let on_duty = asked.read().map_err(|_| CallError::new("the duty roster is broken"))?;
            Ok(Some(Value::from(on_duty.contains(user))))
        },
    )?;
    let writ = Writ::builder().rego("duty.rego", POLICY).entrypoint("duty/page").builtin(builtin)?.build()?;
    let page = |severity: u8| writ.decide("duty/page", format!(r#"{{"user": "ann", "severity": {severity}}}"#));
    let (high, low) = (page(5)?.is_true(), page(1)?.is_true());
    if let Ok(mut on_duty) = on_duty.write() {
        on_duty.clear();
    }
    Ok([high, low, page(5)?.is_true()])
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
pub(crate) fn main() -> Result<(), Error> {
    let [high, low, off_duty] = run()?;
    println!("page ann: severity 5: {high}, severity 1: {low}, severity 5 when off duty: {off_duty}");
    Ok(())
}
