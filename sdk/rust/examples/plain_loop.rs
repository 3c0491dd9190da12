//! The least that an application needs: build once, decide in a loop.
//!
//! ```sh
//! cargo run --release --example plain_loop
//! ```

use writ::{Error, Writ};

const POLICY: &str = r#"package shop

default allow := false

allow if input.user.role == "admin"

allow if {
    input.action == "read"
    input.resource.public
}
"#;

pub(crate) fn run() -> Result<Vec<(String, bool)>, Error> {
    let writ = Writ::builder().rego("shop.rego", POLICY).entrypoint("shop/allow").build()?;
    let mut answers = Vec::new();
    for request in [
        r#"{"user": {"role": "admin"}, "action": "delete", "resource": {"public": false}}"#,
        r#"{"user": {"role": "guest"}, "action": "read", "resource": {"public": true}}"#,
        r#"{"user": {"role": "guest"}, "action": "read", "resource": {"public": false}}"#,
        r#"{"user": {"role": "#,
    ] {
        // Whatever goes wrong: no decision is no permission.
        let allowed = match writ.decide("shop/allow", request) {
            Ok(decision) => decision.is_true(),
            Err(_) => false,
        };
        answers.push((request.to_owned(), allowed));
    }
    Ok(answers)
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
pub(crate) fn main() -> Result<(), Error> {
    for (request, allowed) in run()? {
        println!("{} {request}", if allowed { "allow" } else { "deny " });
    }
    Ok(())
}
