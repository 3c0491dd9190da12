//! Asynchronous faces. Decisions take less time than a task switch and run where they are awaited; what takes longer goes to tokio's threads for
//! blocking work.

use bytes::Bytes;
use serde::Serialize;
use writ_runtime::{EvalError, RevisionId};
use writ_value::Value;

use super::many::Results;
use super::options::CallOptions;
use crate::coalesce::queue::Waiting;
use crate::coalesce::{Answer, Decide, Request};
use crate::decision::Decision;
use crate::error::Error;
use crate::writ::Writ;

/// Inputs up to this many are decided where they are awaited.
const INLINE: usize = 256;

impl Writ {
    /// [`Writ::decide`] for asynchronous callers, on any executor. A lone caller decides at once where it is; under load callers wait for each other
    /// instead of blocking the executor's threads, and are decided in batches ([`BatchConfig`](crate::BatchConfig)). On tokio it takes part in
    /// cooperative scheduling.
    ///
    /// Dropping the future is safe at any moment. A future that waits must be polled or dropped, as always: one that is leaked when it was its turn
    /// keeps its permit.
    ///
    /// ```
    /// # async fn handler(writ: &writ::Writ, body: bytes::Bytes) -> Result<bool, writ::Error> {
    /// let decision = writ.decide_async("authz/allow", body).await?;
    /// # Ok(decision.is_true())
    /// # }
    /// # let policy = "package authz\nallow if input.x";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build().unwrap();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # assert!(runtime.block_on(handler(&writ, r#"{"x": 1}"#.into())).unwrap());
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide`]; [`Error::Overloaded`] when too many wait already.
    pub async fn decide_async(&self, entrypoint: &str, input: impl Into<Bytes>) -> Result<Decision, Error> {
        self.decide_async_with(entrypoint, input, &CallOptions::default()).await
    }

    /// [`Writ::decide_async`] with options. Of those who wait, the ones whose deadline has passed are not decided.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// let mut options = writ::CallOptions::default();
    /// options.deadline = Some(std::time::Instant::now() + std::time::Duration::from_secs(5));
    /// assert!(writ.decide_async_with("p/ok", r#"{"x": 1}"#, &options).await?.is_true());
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_async`]; [`Error::Deadline`].
    pub async fn decide_async_with(
        &self,
        entrypoint: &str,
        input: impl Into<Bytes>,
        options: &CallOptions,
    ) -> Result<Decision, Error> {
        let input = input.into();
        tokio::task::coop::consume_budget().await;
        let coalescer = &self.shared.coalescer;
        if let Some(answer) = coalescer.try_run(self, || self.decide_with(entrypoint, &input, options)) {
            return answer;
        }
        let request = Request { entrypoint: entrypoint.into(), input, options: options.clone() };
        coalescer.run(self, request).await
    }

    /// [`Writ::decide_async`] for a value of any type. It becomes JSON text only if the caller has to wait.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// assert!(writ.decide_value_async("p/ok", &serde_json::json!({"x": 1})).await?.is_true());
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_async`].
    pub async fn decide_value_async<T: Serialize + ?Sized>(
        &self,
        entrypoint: &str,
        input: &T,
    ) -> Result<Decision, Error> {
        self.decide_value_async_with(entrypoint, input, &CallOptions::default()).await
    }

    /// [`Writ::decide_value_async`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// let options = writ::CallOptions::default();
    /// assert!(writ.decide_value_async_with("p/ok", &serde_json::json!({"x": 1}), &options).await?.is_true());
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::decide_async_with`].
    pub async fn decide_value_async_with<T: Serialize + ?Sized>(
        &self,
        entrypoint: &str,
        input: &T,
        options: &CallOptions,
    ) -> Result<Decision, Error> {
        tokio::task::coop::consume_budget().await;
        let coalescer = &self.shared.coalescer;
        if let Some(answer) = coalescer.try_run(self, || self.decide_value_with(entrypoint, input, options)) {
            return answer;
        }
        let input = serde_json::to_vec(input).map_err(|e| EvalError::input(e.to_string()))?;
        let request = Request { entrypoint: entrypoint.into(), input: input.into(), options: options.clone() };
        coalescer.run(self, request).await
    }

    /// [`Writ::decide_many`] for asynchronous callers; many inputs go to tokio's threads for blocking work. When the future is dropped, what was
    /// begun there goes on and is thrown away.
    ///
    /// ```
    /// # let policy = "package authz\nallow if input.x";
    /// # let writ = writ::Writ::builder().rego("authz.rego", policy).entrypoint("authz/allow").build().unwrap();
    /// # let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let decisions = writ.decide_many_async("authz/allow", vec![r#"{"x": 1}"#.into(), "{}".into()]).await;
    /// assert!(decisions[0].as_ref().unwrap().is_true());
    /// # });
    /// ```
    pub async fn decide_many_async(&self, entrypoint: &str, inputs: Vec<Bytes>) -> Results {
        self.decide_many_async_with(entrypoint, inputs, &CallOptions::default()).await
    }

    /// [`Writ::decide_many_async`] with options.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// let options = writ::CallOptions::default();
    /// let decisions = writ.decide_many_async_with("p/ok", vec![r#"{"x": 1}"#.into()], &options).await;
    /// assert!(decisions[0].as_ref().is_ok_and(|decision| decision.is_true()));
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn decide_many_async_with(&self, entrypoint: &str, inputs: Vec<Bytes>, options: &CallOptions) -> Results {
        tokio::task::coop::consume_budget().await;
        if inputs.len() <= INLINE || tokio::runtime::Handle::try_current().is_err() {
            return self.decide_many_with(entrypoint, &inputs, options);
        }
        let (writ, entrypoint, options, count) = (self.clone(), entrypoint.to_owned(), options.clone(), inputs.len());
        let work = tokio::task::spawn_blocking(move || writ.decide_many_with(&entrypoint, &inputs, &options));
        work.await.unwrap_or_else(|_| (0..count).map(|_| Err(Error::Aborted)).collect())
    }

    /// [`Writ::reload`] on tokio's threads for blocking work. Dropping the future does not stop what was begun.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// let revision = writ.reload_async().await?;
    /// assert_eq!(writ.decide("p/ok", r#"{"x": 1}"#)?.revision, revision);
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::reload`]; [`Error::Aborted`] when the runtime shuts down.
    pub async fn reload_async(&self) -> Result<RevisionId, Error> {
        let writ = self.clone();
        blocking(move || writ.reload()).await
    }

    /// [`Writ::set_data`] on tokio's threads for blocking work. Dropping the future does not stop what was begun.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// # runtime.block_on(async {
    /// let revision = writ.set_data_async(writ::Value::empty_object()).await?;
    /// assert_eq!(writ.decide("p/ok", r#"{"x": 1}"#)?.revision, revision);
    /// # Ok::<(), writ::Error>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Writ::set_data`]; [`Error::Aborted`] when the runtime shuts down.
    pub async fn set_data_async(&self, data: Value) -> Result<RevisionId, Error> {
        let writ = self.clone();
        blocking(move || writ.set_data(data)).await
    }
}

/// Elsewhere than on tokio there is nowhere to go to, so it is done at once.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    if tokio::runtime::Handle::try_current().is_err() {
        return work();
    }
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Error::Aborted))
}

impl Decide for Writ {
    fn one(&self, request: &Request) -> Answer {
        self.decide_with(&request.entrypoint, &request.input, &request.options)
    }

    /// Runs of requests that ask the same are decided with one instance.
    fn batch(&self, batch: &mut Vec<Waiting<Request, Answer>>) {
        self.count_batch(batch.len());
        let mut rest = std::mem::take(batch).into_iter().filter(Waiting::is_wanted).peekable();
        while let Some(first) = rest.next() {
            let mut run = vec![first];
            while let Some(next) = rest.next_if(|next| {
                let (a, b) = (&run[0].request, &next.request);
                a.entrypoint == b.entrypoint && a.options == b.options
            }) {
                run.push(next);
            }
            let Request { entrypoint, options, .. } = &run[0].request;
            let inputs: Vec<Bytes> = run.iter().map(|waiting| waiting.request.input.clone()).collect();
            let answers = self.decide_many_with(entrypoint, &inputs, options);
            run.into_iter().zip(answers).for_each(|(waiting, answer)| waiting.answer(answer));
        }
    }
}
