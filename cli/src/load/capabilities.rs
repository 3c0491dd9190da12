//! `--capabilities`: what policies may use.

use writ_compiler::capabilities::Capabilities;

use super::LoadErrors;

/// The version of OPA whose capabilities are this compiler's own.
pub(crate) const OPA_VERSION: &str = "v1.22.0";

/// From a file in OPA's format, or the name of a version.
///
/// # Errors
/// The file cannot be read, or is none.
pub(crate) fn capabilities(given: Option<&str>) -> Result<Option<Capabilities>, LoadErrors> {
    let Some(name) = given else { return Ok(None) };
    if name == OPA_VERSION {
        return Ok(Some(Capabilities::current()));
    }
    let unknown = || LoadErrors(vec![format!("no such file or capabilities version found: {name}")]);
    let text = std::fs::read(name).map_err(|_| unknown())?;
    let malformed = |e: writ_compiler::capabilities::CapabilitiesError| LoadErrors(vec![format!("{name}: {e}")]);
    Capabilities::parse(&text).map(Some).map_err(malformed)
}
