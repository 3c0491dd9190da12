//! An HTTP service whose every request is decided in process, in a middleware: whatever is no clear "yes" is refused.
//!
//! ```sh
//! cargo run --release --example axum_middleware -- 127.0.0.1:3000
//! curl -i -H 'x-role: admin' http://127.0.0.1:3000/reports/7
//! ```

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Router, routing};
use writ::{CacheConfig, CallOptions, Error, Writ};

const POLICY: &str = r#"package http.authz

default allow := false

allow if input.path == ["health"]

allow if {
    input.method in {"GET", "HEAD"}
    input.path[0] == "reports"
    input.headers.role in {"reader", "admin"}
}

allow if input.headers.role == "admin"
"#;

/// What the policy sees of a request.
#[derive(serde::Serialize)]
struct Input<'r> {
    method: &'r str,
    path: Vec<&'r str>,
    headers: Headers<'r>,
    /// Nothing in the policy reads it, so it does not keep requests from sharing a cache entry.
    user_agent: Option<&'r str>,
}

#[derive(serde::Serialize)]
struct Headers<'r> {
    role: Option<&'r str>,
}

async fn authorize(State(writ): State<Writ>, request: Request, next: Next) -> Result<Response, StatusCode> {
    // Bodies cannot be shared between threads, so only the head is borrowed while the decision is awaited.
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let input = Input {
        method: head.method.as_str(),
        path: head.uri.path().split('/').filter(|part| !part.is_empty()).collect(),
        headers: Headers { role: header("x-role") },
        user_agent: header("user-agent"),
    };
    let mut options = CallOptions::default();
    options.deadline = Some(Instant::now() + Duration::from_millis(20));
    match writ.decide_value_async_with("http/authz/allow", &input, &options).await {
        Ok(decision) if decision.is_true() => {}
        Ok(_) => return Err(StatusCode::FORBIDDEN),
        Err(error) if error.is_retryable() => return Err(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => return Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
    Ok(next.run(Request::from_parts(head, body)).await)
}

/// Health for the probe, everything else behind the policy.
pub(crate) fn app() -> Result<Router, Error> {
    let builder = Writ::builder().rego("authz.rego", POLICY).entrypoint("http/authz/allow");
    let writ = builder.cache(CacheConfig::default()).build()?;
    let probed = writ.clone();
    let health =
        move || async move { if probed.health().ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE } };
    Ok(Router::new()
        .route("/health", routing::get(health))
        .route("/reports/{id}", routing::get(|| async { "a report" }).delete(|| async { "deleted" }))
        .layer(middleware::from_fn_with_state(writ, authorize)))
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, app()?).await?;
    Ok(())
}
