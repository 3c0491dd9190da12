//! Asynchronous callers: alone at once, under load in batches, never stuck.

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use common::{builder, input};
use writ::{BatchConfig, CallOptions, CustomBuiltin, Decision, Error, Limits, Value, Writ};

/// Polls once: what a caller gets who must not wait.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A policy whose `gate` says that it has begun and waits until it is let through.
struct Gate {
    writ: Writ,
    begun: Receiver<()>,
    pass: Sender<()>,
}

fn gate(max_waiting: usize, window: Duration) -> Gate {
    let (begin, begun) = channel();
    let (pass, passed) = channel();
    let (begin, passed) = (Mutex::new(begin), Mutex::new(passed));
    let wait = CustomBuiltin::nondeterministic("acme.wait", r#"{"result": {"type": "boolean"}}"#, move |_, _| {
        let _ = begin.lock().expect("whole").send(());
        let _ = passed.lock().expect("whole").recv_timeout(Duration::from_secs(10));
        Ok(Some(Value::from(true)))
    });
    let policy = "package g\ngate := acme.wait()\nplain := input.x * 2";
    let mut batching = BatchConfig::default();
    (batching.max_deciding, batching.max_waiting, batching.window) = (1, max_waiting, window);
    let writ = ["g/gate", "g/plain"]
        .iter()
        .fold(Writ::builder().rego("g.rego", policy), |builder, name| builder.entrypoint(*name))
        .builtin(wait.expect("a built-in"))
        .expect("new")
        .limits(Limits { time: Duration::from_secs(20), ..Limits::default() })
        .batching(batching)
        .build()
        .expect("a policy");
    Gate { writ, begun, pass }
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_time().build().expect("threads")
}

fn number(decision: Result<Decision, Error>) -> i64 {
    let result = decision.expect("a decision").result.expect("defined");
    result.as_number().and_then(|n| n.to_i64()).expect("a number")
}

#[test]
fn a_lone_caller_is_answered_at_once_on_any_executor() {
    let writ = builder().build().expect("a policy");
    let decision = at_once(writ.decide_async("authz/plain", input("a", "b", "read", 0))).expect("at once");
    assert!(decision.expect("a decision").is_true());
    let value = serde_json::json!({"action": "read"});
    assert!(at_once(writ.decide_value_async("authz/plain", &value)).expect("at once").expect("a decision").is_true());
    let error = at_once(writ.decide_async("authz/plain", "{")).expect("at once").expect_err("no JSON");
    assert_eq!(error.code(), "input_refused");
    let many =
        at_once(writ.decide_many_async("authz/plain", vec![r#"{"action": "read"}"#.into(); 1000])).expect("at once");
    assert!(many.iter().flatten().filter(|decision| decision.is_true()).count() == 1000);
    assert_eq!(at_once(writ.reload_async()).expect("at once").expect("it is still well").0, 2);
    assert_eq!(at_once(writ.set_data_async(common::json("{}"))).expect("at once").expect("data").0, 3);
}

#[test]
fn tokio_takes_what_lasts() {
    let writ = builder().build().expect("a policy");
    runtime(2).block_on(async {
        let inputs: Vec<bytes::Bytes> =
            (0..5000).map(|i| input("a", "b", ["read", "write"][i % 2], i as u32).into()).collect();
        let many = writ.decide_many_async("authz/plain", inputs).await;
        assert_eq!(many.iter().flatten().filter(|decision| decision.is_true()).count(), 2500);
        assert_eq!(writ.reload_async().await.expect("it is still well").0, 2);
        assert_eq!(writ.set_data_async(common::json("{}")).await.expect("data").0, 3);
    });
}

#[test]
fn those_who_find_everything_taken_wait_and_are_decided_in_a_batch() {
    let Gate { writ, begun, pass } = gate(100, Duration::from_secs(10));
    let runtime = runtime(2);
    let first = runtime.spawn({
        let writ = writ.clone();
        async move { writ.decide_async("g/gate", "{}").await }
    });
    begun.recv_timeout(Duration::from_secs(10)).expect("it decides");
    let others: Vec<_> = (0..50)
        .map(|i| {
            let writ = writ.clone();
            runtime.spawn(async move {
                if i % 2 == 0 {
                    return writ.decide_async("g/plain", format!(r#"{{"x": {i}}}"#)).await;
                }
                writ.decide_value_async("g/plain", &serde_json::json!({ "x": i })).await
            })
        })
        .collect();
    let started = Instant::now();
    while writ.health().queue.waiting < 50 && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let health = writ.health();
    assert_eq!((health.queue.deciding, health.queue.waiting), (1, 50));
    pass.send(()).expect("it waits");
    runtime.block_on(async {
        assert!(first.await.expect("no panic").expect("a decision").is_true());
        for (i, other) in others.into_iter().enumerate() {
            assert_eq!(number(other.await.expect("no panic")), 2 * i as i64);
        }
    });
    let metrics = writ.metrics();
    assert_eq!((metrics.batches, metrics.batched), (1, 50));
    let queue = writ.health().queue;
    assert_eq!((queue.deciding, queue.waiting), (0, 0));
}

#[test]
fn too_many_are_refused_the_late_are_told_and_those_who_left_are_not_missed() {
    let Gate { writ, begun, pass } = gate(3, Duration::ZERO);
    let runtime = runtime(2);
    let first = runtime.spawn({
        let writ = writ.clone();
        async move { writ.decide_async("g/gate", "{}").await }
    });
    begun.recv_timeout(Duration::from_secs(10)).expect("it decides");
    let ask = |x: i64| format!(r#"{{"x": {x}}}"#);
    let mut late = CallOptions::default();
    late.deadline = Some(Instant::now() + Duration::from_millis(50));
    let mut stays = Box::pin(writ.decide_async("g/plain", ask(1)));
    let mut leaves = Box::pin(writ.decide_async("g/plain", ask(2)));
    let mut too_late = Box::pin(writ.decide_async_with("g/plain", ask(3), &late));
    let mut context = Context::from_waker(Waker::noop());
    assert!(stays.as_mut().poll(&mut context).is_pending());
    assert!(leaves.as_mut().poll(&mut context).is_pending());
    assert!(too_late.as_mut().poll(&mut context).is_pending());
    let error = at_once(writ.decide_async("g/plain", ask(4))).expect("at once").expect_err("too many");
    assert_eq!(error.code(), "overloaded");
    assert!(error.is_retryable() && error.to_string().contains("3 callers wait"));
    assert!(!writ.health().ready, "no place in the queue");
    drop(leaves);
    assert_eq!(writ.health().queue.waiting, 2);
    let mut comes = Box::pin(writ.decide_async("g/plain", ask(5)));
    assert!(comes.as_mut().poll(&mut context).is_pending(), "there is room again");
    std::thread::sleep(Duration::from_millis(60));
    pass.send(()).expect("it waits");
    runtime.block_on(async {
        assert!(first.await.expect("no panic").is_ok());
        assert_eq!(number(stays.await), 2);
        assert_eq!(too_late.await.expect_err("its time is over").code(), "deadline_passed");
        assert_eq!(number(comes.await), 10);
    });
    let queue = writ.health().queue;
    assert_eq!((queue.deciding, queue.waiting), (0, 0));
}

#[test]
fn whoever_is_handed_the_permit_and_leaves_passes_it_on() {
    // With a window of zero the permit goes to the first who waits after each batch of one.
    let Gate { writ, begun, pass } = gate(100, Duration::ZERO);
    let runtime = runtime(1);
    let first = runtime.spawn({
        let writ = writ.clone();
        async move { writ.decide_async("g/gate", "{}").await }
    });
    begun.recv_timeout(Duration::from_secs(10)).expect("it decides");
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting: Vec<_> =
        (0..200).map(|i| Box::pin(writ.decide_async("g/plain", format!(r#"{{"x": {i}}}"#)))).collect();
    let refused = waiting.iter_mut().filter_map(|future| match future.as_mut().poll(&mut context) {
        Poll::Ready(answer) => Some(answer.expect_err("too many").code()),
        Poll::Pending => None,
    });
    assert_eq!(refused.count(), 100);
    waiting.truncate(100);
    pass.send(()).expect("it waits");
    runtime.block_on(first).expect("no panic").expect("a decision");
    // The first batch took 64; the permit lies with one of the rest, who goes away.
    let rest = waiting.split_off(64);
    drop(rest);
    let answers: Vec<i64> = runtime.block_on(async {
        let mut answers = Vec::new();
        for future in waiting {
            answers.push(number(future.await));
        }
        answers
    });
    assert_eq!(answers, (0..64).map(|i| 2 * i).collect::<Vec<i64>>());
    assert_eq!(number(at_once(writ.decide_async("g/plain", r#"{"x": 4}"#)).expect("at once: the permit is back")), 8);
}

#[test]
fn a_callers_panic_is_its_own() {
    struct Bomb;
    impl serde::Serialize for Bomb {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("a bomb")
        }
    }
    let mut batching = BatchConfig::default();
    batching.max_deciding = 1;
    let writ = builder().batching(batching).build().expect("a policy");
    let runtime = runtime(2);
    let bomb = runtime.spawn({
        let writ = writ.clone();
        async move { writ.decide_value_async("authz/plain", &Bomb).await }
    });
    assert!(runtime.block_on(bomb).expect_err("it panics").is_panic());
    let decision = at_once(writ.decide_async("authz/plain", r#"{"action": "read"}"#)).expect("the permit is back");
    assert!(decision.expect("a decision").is_true());
    assert_eq!(writ.health().queue.deciding, 0);
    // In a batch over several threads the other parts are answered.
    struct Maybe(bool);
    impl serde::Serialize for Maybe {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            assert!(self.0, "a bomb");
            serde::Serialize::serialize(&serde_json::json!({"action": "read"}), serializer)
        }
    }
    let inputs: Vec<Maybe> = (0..4096).map(|i| Maybe(i != 4000)).collect();
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
        let decisions = writ.decide_many_values("authz/plain", &inputs);
        assert_eq!(decisions.len(), inputs.len());
        assert!(decisions[..1024].iter().all(|decision| decision.as_ref().is_ok_and(Decision::is_true)));
        assert!(decisions.iter().any(|decision| matches!(decision, Err(Error::Aborted))));
    }
    assert!(writ.decide("authz/plain", r#"{"action": "read"}"#).expect("a decision").is_true());
}

#[test]
fn a_starved_executor_holds_up_its_own_callers_only_for_as_long() {
    let Gate { writ, begun, pass } = gate(100, Duration::ZERO);
    let (one, two) = (runtime(1), runtime(1));
    let first = one.spawn({
        let writ = writ.clone();
        async move { writ.decide_async("g/gate", "{}").await }
    });
    begun.recv_timeout(Duration::from_secs(10)).expect("it decides");
    let ask = |runtime: &tokio::runtime::Runtime, x: i64| {
        let writ = writ.clone();
        runtime.spawn(async move { writ.decide_async("g/plain", format!(r#"{{"x": {x}}}"#)).await })
    };
    let asked: Vec<_> = (0..20).map(|x| ask(&two, x)).collect();
    let started = Instant::now();
    while writ.health().queue.waiting < 20 && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    // The executor of those who wait does something else for a while.
    two.spawn(async { std::thread::sleep(Duration::from_millis(200)) });
    std::thread::sleep(Duration::from_millis(20));
    pass.send(()).expect("it waits");
    assert!(one.block_on(first).expect("no panic").is_ok());
    two.block_on(async {
        for (x, asked) in asked.into_iter().enumerate() {
            assert_eq!(number(asked.await.expect("no panic")), 2 * x as i64);
        }
    });
    assert_eq!(writ.health().queue.deciding, 0);
}

#[test]
fn a_thousand_callers_get_their_own_answers() {
    for max_deciding in [1, 2, 64] {
        let mut batching = BatchConfig::default();
        (batching.max_deciding, batching.window) = (max_deciding, Duration::from_micros(20));
        let writ = builder().limits(common::patient()).batching(batching).build().expect("a policy");
        runtime(4).block_on(async {
            let writ = Arc::new(writ);
            let callers: Vec<_> = (0..1000)
                .map(|caller: u32| {
                    let writ = writ.clone();
                    tokio::spawn(async move {
                        for round in 0..20 {
                            let action = ["read", "write"][((caller + round) % 2) as usize];
                            let decision = writ.decide_async("authz/plain", input("a", "b", action, round)).await;
                            assert_eq!(decision.expect("a decision").is_true(), action == "read");
                        }
                    })
                })
                .collect();
            for caller in callers {
                caller.await.expect("no panic");
            }
            assert_eq!(writ.metrics().defined, 20_000);
            let queue = writ.health().queue;
            assert_eq!((queue.deciding, queue.waiting), (0, 0));
        });
    }
}
