//! 10,000 agents that want to do something, each asking first: how many are answered per second in one batch, as typed values and as JSON text, and how
//! long 1,000 asynchronous callers wait at a time. Without the cache.
//!
//! ```sh
//! cargo run --release --example agents -- --format json
//! ```

use std::time::{Duration, Instant};

use bytes::Bytes;
use writ::{Error, Limits, Writ};

const POLICY: &str = r#"package agents

default allow := false

allow if {
    input.action in data.allowed[input.role]
    not input.suspended
}
"#;

const DATA: &str = r#"{"allowed": {"worker": ["read", "report"], "lead": ["read", "report", "assign"], "auditor": ["read", "audit"]}}"#;

const ENTRYPOINT: &str = "agents/allow";
const AGENTS: usize = 10_000;
const CALLERS: usize = 1_000;

/// What an agent asks.
#[derive(serde::Serialize)]
struct Request {
    id: u32,
    role: &'static str,
    action: &'static str,
    suspended: bool,
    trace: u64,
}

/// What was measured; the fields are those of the output.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Figures {
    pub(crate) typed_per_s: u64,
    pub(crate) json_per_s: u64,
    pub(crate) async_per_s: u64,
    pub(crate) async_p50_us: f64,
    pub(crate) async_p99_us: f64,
    pub(crate) rss_mb: f64,
}

fn requests() -> Vec<Request> {
    let roles = ["worker", "lead", "auditor"];
    let actions = ["read", "report", "assign", "audit", "delete"];
    (0..AGENTS as u32)
        .map(|id| {
            let trace = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let pick = |n: usize, shift: u32| (trace >> shift) as usize % n;
            Request { id, role: roles[pick(3, 8)], action: actions[pick(5, 16)], suspended: pick(10, 24) == 0, trace }
        })
        .collect()
}

/// What the policy says, in Rust: so that the measurement is one of right answers.
fn expected(request: &Request) -> bool {
    let allowed: &[&str] = match request.role {
        "worker" => &["read", "report"],
        "lead" => &["read", "report", "assign"],
        _ => &["read", "audit"],
    };
    allowed.contains(&request.action) && !request.suspended
}

/// Decisions per second in the best of the rounds that fit into the time.
fn best(time: Duration, mut round: impl FnMut() -> Result<usize, Error>) -> Result<u64, Error> {
    let (started, mut best) = (Instant::now(), 0.0f64);
    while started.elapsed() < time {
        let began = Instant::now();
        let decided = round()?;
        best = best.max(decided as f64 / began.elapsed().as_secs_f64());
    }
    Ok(best as u64)
}

pub(crate) fn run(time: Duration) -> Result<Figures, Error> {
    // Nobody asks for the time of a single decision of a batch.
    // A thread that gets no core for a while is no policy that takes too long.
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    let builder = Writ::builder().rego("agents.rego", POLICY).entrypoint(ENTRYPOINT).data_json(DATA)?;
    let writ = builder.limits(limits).measure(false).build()?;
    let requests = requests();
    let allowed = requests.iter().filter(|request| expected(request)).count();
    let texts: Vec<Bytes> = requests
        .iter()
        .map(|request| serde_json::to_vec(request).map(Bytes::from))
        .collect::<Result<_, _>>()
        .map_err(|_| Error::Configuration("a request that is no JSON"))?;
    let checked = |decisions: Vec<Result<writ::Decision, Error>>| {
        let right = decisions.iter().flatten().filter(|decision| decision.is_true()).count() == allowed;
        right.then_some(decisions.len()).ok_or(Error::Configuration("wrong decisions"))
    };
    let typed_per_s = best(time, || checked(writ.decide_many_values(ENTRYPOINT, &requests)))?;
    let json_per_s = best(time, || checked(writ.decide_many(ENTRYPOINT, &texts)))?;
    let (async_per_s, mut waits) = asynchronous(&writ, &texts, time)?;
    waits.sort_unstable();
    let quantile = |part: f64| {
        let at = ((waits.len() as f64 * part) as usize).min(waits.len().saturating_sub(1));
        waits.get(at).map_or(0.0, |wait| wait.as_nanos() as f64 / 1000.0)
    };
    Ok(Figures {
        typed_per_s,
        json_per_s,
        async_per_s,
        async_p50_us: quantile(0.5),
        async_p99_us: quantile(0.99),
        rss_mb: resident_mb(),
    })
}

/// 1,000 tasks, each asking, doing something else, asking again.
fn asynchronous(writ: &Writ, texts: &[Bytes], time: Duration) -> Result<(u64, Vec<Duration>), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().build();
    let runtime = runtime.map_err(|_| Error::Configuration("no threads for tokio"))?;
    runtime.block_on(async {
        let started = Instant::now();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (writ, texts) = (writ.clone(), texts.to_vec());
                tokio::spawn(async move {
                    let (mut waits, mut decided) = (Vec::new(), 0u64);
                    let mut next = caller;
                    while started.elapsed() < time {
                        let asked = Instant::now();
                        writ.decide_async(ENTRYPOINT, texts[next % texts.len()].clone()).await?;
                        let waited = asked.elapsed();
                        // A sample of the times is enough, and bounded.
                        if decided.is_multiple_of(16) && waits.len() < 10_000 {
                            waits.push(waited);
                        }
                        (decided, next) = (decided + 1, next + 7);
                        tokio::task::yield_now().await;
                    }
                    Ok::<_, Error>((decided, waits))
                })
            })
            .collect();
        let (mut decided, mut waits) = (0, Vec::new());
        for caller in callers {
            let (more, times) = caller.await.map_err(|_| Error::Aborted)??;
            decided += more;
            waits.extend(times);
        }
        Ok(((decided as f64 / started.elapsed().as_secs_f64()) as u64, waits))
    })
}

/// Resident memory of this process in MB; 0 where the system does not say.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

#[expect(clippy::print_stdout, reason = "an example shows what it measured")]
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let figures = run(Duration::from_secs(3))?;
    if args.windows(2).any(|pair| pair == ["--format", "json"]) {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{AGENTS} agents in one batch: {} decisions/s typed, {} from JSON text",
            figures.typed_per_s, figures.json_per_s
        );
        println!(
            "{CALLERS} asynchronous callers: {} decisions/s, p50 {:.1} us, p99 {:.1} us",
            figures.async_per_s, figures.async_p50_us, figures.async_p99_us
        );
        println!("{:.0} MB resident", figures.rss_mb);
    }
    Ok(())
}
