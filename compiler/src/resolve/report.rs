//! Findings of resolution, kept by the stage that OPA would have found them in.
//!
//! A stage whose errors leave the policy without a clear meaning hides the findings of all later stages, so that one
//! mistake does not show up as five. Our passes find things in another order; this restores it.

use crate::diag::Diagnostic;

/// When a finding belongs, earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Metadata blocks.
    Annotations,
    /// Names of arguments.
    Arguments,
    /// Imports and the names `input` and `data`.
    Imports,
    /// Declarations and assignments.
    Locals,
    /// Template strings.
    Templates,
    /// Calls without a value used as values.
    VoidCalls,
    /// Arguments of `print`.
    Print,
    /// `with` targets.
    With,
    /// Rules that cannot stand together.
    Conflicts,
    /// Callees and numbers of arguments.
    Functions,
    /// Variables of rule heads.
    SafeHeads,
    /// Variables of bodies.
    SafeBodies,
}

/// Collects findings.
#[derive(Debug, Default)]
pub(super) struct Reports {
    found: Vec<(Stage, Diagnostic)>,
    /// The first stage with an error that hides later stages.
    failed: Option<Stage>,
    /// The first stage in which the checks after resolution will find such an error.
    left_to_checks: Option<Stage>,
}

impl Reports {
    /// An error that hides what later stages find.
    pub(super) fn error(&mut self, stage: Stage, diagnostic: Diagnostic) {
        self.failed = Some(self.failed.map_or(stage, |s| s.min(stage)));
        self.found.push((stage, diagnostic));
    }

    /// An error that lets later stages report, too.
    pub(super) fn note(&mut self, stage: Stage, diagnostic: Diagnostic) {
        self.found.push((stage, diagnostic));
    }

    /// Hides what later stages find, because the checks after resolution will report an error of this stage.
    pub(super) fn leave_to_checks(&mut self, stage: Stage) {
        self.left_to_checks = Some(self.left_to_checks.map_or(stage, |s| s.min(stage)));
    }

    /// True if findings of `stage` would be hidden.
    pub(super) fn is_hidden(&self, stage: Stage) -> bool {
        self.failed.is_some_and(|s| s < stage) || self.left_to_checks.is_some_and(|s| s < stage)
    }

    /// Everything that is not hidden, sorted by place, and whether the checks after resolution must not run.
    pub(super) fn finish(mut self) -> (Vec<Diagnostic>, bool) {
        let found = std::mem::take(&mut self.found);
        let mut shown: Vec<Diagnostic> =
            found.into_iter().filter(|(stage, _)| !self.is_hidden(*stage)).map(|(_, d)| d).collect();
        crate::diag::sort(&mut shown);
        shown.dedup();
        (shown, self.failed.is_some_and(|failed| !self.is_hidden(failed)))
    }
}
