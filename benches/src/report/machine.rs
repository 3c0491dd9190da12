//! Where it was measured, and with which versions.

use std::process::Command;

use crate::peers::{Setup, output};

/// Lines of name and value.
pub(super) fn facts(setup: &Setup) -> Vec<(String, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_owned())
    };
    let cpu = read("/proc/cpuinfo");
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut facts = vec![
        ("processor".to_owned(), format!("{}, {cores} cores", field(&cpu, "model name").unwrap_or_default())),
        ("memory".to_owned(), memory),
        ("kernel".to_owned(), format!("Linux {}", read("/proc/sys/kernel/osrelease").trim())),
        ("system".to_owned(), field(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_default()),
    ];
    if let Ok(rustc) = output(Command::new("rustc").arg("--version")) {
        facts.push(("Rust".to_owned(), rustc.trim().to_owned()));
    }
    let folder = env!("CARGO_MANIFEST_DIR");
    if let Ok(commit) = output(Command::new("git").args(["-C", folder, "log", "-1", "--format=%h of %cs"])) {
        facts.push(("Writ".to_owned(), commit.trim().to_owned()));
    }
    let lock = std::fs::read_to_string(format!("{folder}/../Cargo.lock")).unwrap_or_default();
    for name in ["wasmtime", "regorus", "opa-wasm", "serde_json"] {
        facts.push((name.to_owned(), locked(&lock, name).unwrap_or_default()));
    }
    facts.extend(setup.versions().iter().map(|(name, version)| ((*name).to_owned(), version.clone())));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// The version of a crate in the lock file.
fn locked(lock: &str, name: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(rest.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_come_from_the_lock_file() {
        let lock =
            "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.3.4\"\n";
        assert_eq!(super::locked(lock, "a").as_deref(), Some("2.3.4"));
        assert_eq!(super::locked(lock, "c"), None);
    }
}
