//! An entrypoint: a function with what is known about it, and one call of it. The attribute makes them.

use std::fmt;
use std::sync::atomic::{AtomicPtr, Ordering};

use serde::{Deserialize, Serialize};

use crate::error::PolicyError;
use crate::shape;

#[cfg(target_arch = "wasm32")]
pub use crate::wasm::call::{Call, Output};

#[cfg(not(target_arch = "wasm32"))]
pub use crate::testing::call::{Call, Output};

/// The entrypoints of a crate, as [`module!`](crate::module) names them.
#[derive(Debug)]
pub struct Policy {
    pub(crate) entrypoints: &'static [&'static Entrypoint],
}

impl Policy {
    #[doc(hidden)]
    pub const fn new(entrypoints: &'static [&'static Entrypoint]) -> Self {
        Self { entrypoints }
    }

    /// Paths of the entrypoints, in order of their ids.
    pub fn entrypoints(&self) -> impl Iterator<Item = &'static str> {
        self.entrypoints.iter().map(|entrypoint| entrypoint.name)
    }
}

/// Which parts of its input an entrypoint's type can hold.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a module describes itself"))]
pub struct Shape(pub(crate) shape::Shape);

/// The shape of a type.
pub fn shape_of<T: Deserialize<'static>>() -> Shape {
    Shape(shape::Shape::of::<T>())
}

type Run = fn(&'static Entrypoint, &Call<'_>) -> Result<Output, PolicyError>;
type Prepare = fn(&'static Entrypoint, &Call<'_>) -> Result<(), PolicyError>;

/// One entrypoint.
pub struct Entrypoint {
    pub(crate) name: &'static str,
    /// Where its data lie, path separated by slashes; empty: all of them.
    pub(crate) data: &'static str,
    pub(crate) run: Run,
    /// `None`: it takes no input.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a module describes itself"))]
    pub(crate) shape: Option<fn() -> Shape>,
    /// Reads the data once for many calls; `None`: it takes none.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "tests read data in each call"))]
    pub(crate) prepare: Option<Prepare>,
    /// The data that were read, or null.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "as above"))]
    pub(crate) prepared: AtomicPtr<()>,
}

impl Entrypoint {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        data: &'static str,
        run: Run,
        shape: Option<fn() -> Shape>,
        prepare: Option<Prepare>,
    ) -> Self {
        Self { name, data, run, shape, prepare, prepared: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Keys of the path to its data.
    pub(crate) fn data_path(&self) -> impl Iterator<Item = &'static str> {
        self.data.split('/').filter(|key| !key.is_empty())
    }

    #[cfg(target_arch = "wasm32")]
    pub(crate) fn forget(&self) {
        self.prepared.store(std::ptr::null_mut(), Ordering::Relaxed);
    }
}

impl fmt::Debug for Entrypoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_data = !self.prepared.load(Ordering::Relaxed).is_null();
        f.debug_struct("Entrypoint").field("name", &self.name).field("has_data", &has_data).finish_non_exhaustive()
    }
}

/// What a policy's function returned. Methods of the type itself come before those of the traits, so a `Result` and an `Option` mean what they say and
/// everything else is an answer.
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T, E: Into<PolicyError>> Returned<Result<T, E>> {
    /// A policy error, or the answer.
    ///
    /// # Errors
    /// The function's.
    pub fn result(self) -> Result<T, PolicyError> {
        self.0.map_err(Into::into)
    }
}

impl<T: Serialize> Returned<Option<T>> {
    /// `None` is undefined.
    ///
    /// # Errors
    /// When it cannot be serialized.
    pub fn output(self) -> Result<Output, PolicyError> {
        self.0.map_or_else(|| Ok(Output::undefined()), |value| Output::of(&value))
    }
}

/// [`Returned::result`] for what is no `Result`.
pub trait AsResult {
    /// Itself.
    type Answer;
    /// The answer.
    ///
    /// # Errors
    /// Never.
    fn result(self) -> Result<Self::Answer, PolicyError>;
}

impl<T> AsResult for Returned<T> {
    type Answer = T;
    fn result(self) -> Result<T, PolicyError> {
        Ok(self.0)
    }
}

/// [`Returned::output`] for what is no `Option`.
pub trait AsOutput {
    /// The answer.
    ///
    /// # Errors
    /// When it cannot be serialized.
    fn output(self) -> Result<Output, PolicyError>;
}

impl<T: Serialize> AsOutput for Returned<T> {
    fn output(self) -> Result<Output, PolicyError> {
        Output::of(&self.0)
    }
}
