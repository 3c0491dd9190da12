//! Slices and maps: the verb goes to every element.

use alloc::vec::Vec;

use super::{Arg, MAX_OUTPUT, Spec, write_arg};

/// Appends `[a b]`, or `[]interface {}{a, b}` as Go syntax.
pub(super) fn write_list(elements: &[Arg<'_>], verb: char, spec: &Spec, out: &mut Vec<u8>) {
    let go = spec.sharp_v;
    out.extend_from_slice(if go { b"[]interface {}{" } else { b"[" });
    for (i, e) in elements.iter().enumerate() {
        if i > 0 {
            separate(go, out);
        }
        write_element(e, verb, spec, out);
    }
    out.push(if go { b'}' } else { b']' });
}

/// Appends `map[k:v l:w]`, or `map[string]interface {}{k:v, l:w}` as Go syntax.
pub(super) fn write_map(entries: &[(Arg<'_>, Arg<'_>)], verb: char, spec: &Spec, out: &mut Vec<u8>) {
    let go = spec.sharp_v;
    out.extend_from_slice(if go { b"map[string]interface {}{" } else { b"map[" });
    for (i, (k, v)) in entries.iter().enumerate() {
        if i > 0 {
            separate(go, out);
        }
        write_element(k, verb, spec, out);
        out.push(b':');
        write_element(v, verb, spec, out);
    }
    out.push(if go { b'}' } else { b']' });
}

fn separate(go: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if go { b", " } else { b" " });
}

fn write_element(arg: &Arg<'_>, verb: char, spec: &Spec, out: &mut Vec<u8>) {
    match arg {
        // Too much already, which is an error later.
        _ if out.len() > MAX_OUTPUT => {}
        // Nil is written whatever the verb, and never padded.
        Arg::Nil if spec.sharp_v => out.extend_from_slice(b"interface {}(nil)"),
        Arg::Nil => out.extend_from_slice(b"<nil>"),
        other => write_arg(other, verb, spec, out),
    }
}
