//! The small state machines between threads, under a scheduler that tries many interleavings: no caller is stuck, no answer goes to another, no permit
//! is lost, whatever panics or goes away in between. The modules are those of the SDK, with shuttle's primitives in place of the standard library's.

#![allow(dead_code, unreachable_pub, reason = "the modules offer more than is used here")]

mod sync {
    pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use std::sync::PoisonError;
}

#[path = "../src/cache/flight.rs"]
mod flight;
#[path = "../src/coalesce/queue.rs"]
mod queue;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use flight::{Flights, Joined};
use queue::{Entered, Outcome, Permit, Queue, Ticket, Waiting};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::{future, thread};

const ROUNDS: usize = 2000;

#[test]
fn one_decides_and_the_others_take_its_answer() {
    shuttle::check_random(
        || {
            let flights = Arc::new(Flights::<u32>::new());
            let decided = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let (flights, decided) = (flights.clone(), decided.clone());
                    thread::spawn(move || match flights.join(5, &b"key"[..].into(), Duration::from_secs(1)) {
                        Joined::Lead(leader) => {
                            decided.fetch_add(1, Ordering::SeqCst);
                            leader.finish(42);
                            42
                        }
                        Joined::Led(answer) => answer.expect("a leader that finishes"),
                    })
                })
                .collect();
            assert!(threads.into_iter().all(|thread| thread.join().expect("no panic") == 42));
            assert!((1..=3).contains(&decided.load(Ordering::SeqCst)));
            assert!(matches!(flights.join(5, &b"key"[..].into(), Duration::ZERO), Joined::Lead(_)), "nothing is left");
        },
        ROUNDS,
    );
}

#[test]
fn a_leader_that_goes_without_an_answer_leaves_nobody_waiting() {
    shuttle::check_random(
        || {
            let flights = Arc::new(Flights::<u32>::new());
            let threads: Vec<_> = (0..3)
                .map(|i| {
                    let flights = flights.clone();
                    // Two share a hash and differ in the key: they never meet.
                    let key: sync::Arc<[u8]> = if i == 2 { b"other"[..].into() } else { b"key"[..].into() };
                    thread::spawn(move || match flights.join(5, &key, Duration::from_secs(1)) {
                        Joined::Lead(leader) => drop(leader),
                        Joined::Led(answer) => assert_eq!(answer, None),
                    })
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        },
        ROUNDS,
    );
}

/// A request is a number, its answer is twice that.
type Doubles = Queue<u32, u32>;

struct Waits<'q>(Ticket<'q, u32, u32>);

impl<'q> Future for Waits<'q> {
    type Output = Outcome<'q, u32, u32>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context.waker()).map_or(Poll::Pending, Poll::Ready)
    }
}

fn serve(mut permit: Permit<'_, u32, u32>, rounds: usize) {
    let mut batch: Vec<Waiting<u32, u32>> = Vec::new();
    for _ in 0..rounds {
        if !permit.next(2, &mut batch) {
            return;
        }
        for waiting in batch.drain(..) {
            thread::yield_now();
            let answer = waiting.request * 2;
            waiting.answer(answer);
        }
    }
    // The window is over: the permit goes to the next.
}

async fn ask(queue: &Doubles, request: u32) -> Option<u32> {
    loop {
        let ticket = match queue.enter(request) {
            Entered::Run(permit) => {
                serve(permit, 1);
                return Some(request * 2);
            }
            Entered::Overloaded(_) => return None,
            Entered::Wait(ticket) => ticket,
        };
        match Waits(ticket).await {
            Outcome::Done(answer) => return Some(answer),
            Outcome::Lead(permit) => {
                serve(permit, 1);
                return Some(request * 2);
            }
            Outcome::Abandoned => {}
        }
    }
}

#[test]
fn everybody_gets_the_answer_to_the_own_question() {
    shuttle::check_random(
        || {
            let queue = Arc::new(Doubles::new(1, 10));
            let tasks: Vec<_> = (0..4)
                .map(|i| {
                    let queue = queue.clone();
                    thread::spawn(move || future::block_on(async move { ask(&queue, i).await }))
                })
                .collect();
            for (i, task) in tasks.into_iter().enumerate() {
                assert_eq!(task.join().expect("no panic"), Some(i as u32 * 2));
            }
            assert_eq!((queue.active(), queue.len()), (0, 0));
        },
        ROUNDS,
    );
}

#[test]
fn who_is_too_many_is_told_at_once_and_nobody_else_suffers() {
    shuttle::check_random(
        || {
            let queue = Arc::new(Doubles::new(1, 1));
            let tasks: Vec<_> = (0..4)
                .map(|i| {
                    let queue = queue.clone();
                    thread::spawn(move || future::block_on(async move { ask(&queue, i).await }))
                })
                .collect();
            let answers: Vec<_> = tasks.into_iter().map(|task| task.join().expect("no panic")).collect();
            assert!(answers.iter().enumerate().all(|(i, answer)| answer.is_none_or(|answer| answer == i as u32 * 2)));
            assert!(answers.iter().flatten().count() >= 2);
            assert_eq!((queue.active(), queue.len()), (0, 0));
        },
        ROUNDS,
    );
}

/// Polls a future once or twice and drops it.
struct Impatient<F> {
    inner: Option<Pin<Box<F>>>,
    polls: usize,
}

impl<F: Future> Future for Impatient<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        if let Poll::Ready(output) = inner.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if self.polls == 0 {
            self.inner = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        Poll::Pending
    }
}

#[test]
fn callers_that_go_away_are_not_missed() {
    shuttle::check_random(
        || {
            let queue = Arc::new(Doubles::new(1, 10));
            let tasks: Vec<_> = (0..4)
                .map(|i| {
                    let queue = queue.clone();
                    thread::spawn(move || {
                        if i % 2 == 0 {
                            return future::block_on(async { ask(&queue, i).await });
                        }
                        let inner = Some(Box::pin(ask(&queue, i)));
                        future::block_on(Impatient { inner, polls: 0 }).unwrap_or(Some(i * 2))
                    })
                })
                .collect();
            for (i, task) in tasks.into_iter().enumerate() {
                assert_eq!(task.join().expect("no panic"), Some(i as u32 * 2));
            }
            assert_eq!((queue.active(), queue.len()), (0, 0), "no permit is lost, no request is left");
        },
        ROUNDS,
    );
}

#[test]
fn a_panic_in_a_batch_is_the_deciders_own() {
    shuttle::check_random(
        || {
            let queue = Arc::new(Doubles::new(1, 10));
            let tasks: Vec<_> = (1..4)
                .map(|i| {
                    let queue = queue.clone();
                    thread::spawn(move || future::block_on(async move { ask(&queue, i).await }))
                })
                .collect();
            {
                // What unwinding does: batch and permit are dropped in the middle.
                let Entered::Run(mut permit) = queue.enter(0) else {
                    tasks.into_iter().for_each(|task| assert!(task.join().is_ok()));
                    return;
                };
                let mut batch = Vec::new();
                thread::yield_now();
                if permit.next(1, &mut batch) {
                    drop(batch);
                    drop(permit);
                }
            }
            for (i, task) in tasks.into_iter().enumerate() {
                assert_eq!(task.join().expect("no panic"), Some((i as u32 + 1) * 2), "asked again");
            }
            assert_eq!((queue.active(), queue.len()), (0, 0));
        },
        ROUNDS,
    );
}
