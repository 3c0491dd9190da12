//! `# METADATA` blocks: finds them among the comments and attaches each to the statement below it.

use super::ast::*;
use crate::source::Span;

/// The blocks of a module in source order.
///
/// A block opens with a comment in column 1 that begins with `METADATA`, and goes on over the comments in column 1 of the
/// lines directly below, up to the next opening.
pub(super) fn collect(text: &str, module: &Module) -> Vec<Annotation> {
    let is_start =
        |span: &Span| is_in_first_column(text, span) && comment_text(text, span).trim().starts_with("METADATA");
    let mut found = Vec::new();
    let mut comments = module.comments.iter().copied().peekable();
    while let Some(first) = comments.next() {
        if !is_start(&first) {
            continue;
        }
        let mut annotation = Annotation {
            span: first,
            yaml: String::new(),
            lines: Vec::new(),
            target: target_below(text, first, module),
        };
        while let Some(next) = comments.next_if(|next| {
            is_in_first_column(text, next) && is_next_line(text, annotation.span, *next) && !is_start(next)
        }) {
            let line = comment_text(text, &next);
            annotation.yaml.push_str(line.strip_prefix(' ').unwrap_or(line));
            annotation.yaml.push('\n');
            annotation.lines.push(next);
            annotation.span.end = next.end;
        }
        found.push(annotation);
    }
    found
}

/// Text of a comment without its `#`.
fn comment_text<'a>(text: &'a str, span: &Span) -> &'a str {
    text.get(span.start as usize + 1..span.end as usize).unwrap_or("")
}

fn is_in_first_column(text: &str, span: &Span) -> bool {
    let before = text.get(..span.start as usize).unwrap_or("");
    before.is_empty() || before.ends_with('\n') || before == "\u{feff}"
}

fn is_next_line(text: &str, block: Span, next: Span) -> bool {
    text.get(block.end as usize..next.start as usize).is_some_and(|gap| gap.matches('\n').count() == 1)
}

/// The first statement that begins on a line below `block`'s first line.
fn target_below(text: &str, block: Span, module: &Module) -> AnnotationTarget {
    let line_end = text.get(block.start as usize..).and_then(|rest| rest.find('\n'));
    let Some(after) = line_end.map(|n| block.start + n as u32) else { return AnnotationTarget::Nothing };
    if module.package.span.start > after {
        return AnnotationTarget::Package;
    }
    let import = module.imports.partition_point(|i| i.span.start <= after);
    let rule = module.rules.partition_point(|r| r.span.start <= after);
    match (module.imports.get(import), module.rules.get(rule)) {
        (Some(i), Some(r)) if i.span.start < r.span.start => AnnotationTarget::Import(import),
        (Some(_), None) => AnnotationTarget::Import(import),
        (_, Some(_)) => AnnotationTarget::Rule(rule),
        (None, None) => AnnotationTarget::Nothing,
    }
}
