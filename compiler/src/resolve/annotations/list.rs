//! The blocks of one module, without a compilation around it.

use writ_value::Value;

use super::block::Block;
use crate::diag::Diagnostic;
use crate::resolve::index::{ground_prefix, package_path};
use crate::source::Span;
use crate::syntax::ast::{self, AnnotationTarget};

/// A block and what it annotates.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) path: Vec<Value>,
    pub(crate) is_rule: bool,
    pub(crate) target: Span,
    pub(crate) value: Value,
}

/// The blocks in source order, and what is wrong with others.
pub(crate) fn list(module: &ast::Module) -> (Vec<Listed>, Vec<Diagnostic>) {
    let (mut listed, mut found) = (Vec::new(), Vec::new());
    let package = package_path(&module.package);
    for annotation in &module.annotations {
        let mut block = match Block::parse(annotation) {
            Ok(block) => block,
            Err(error) => {
                found.push(*error);
                continue;
            }
        };
        block.default_scope(annotation.target);
        let errors = block.misplaced(annotation.target, annotation.span);
        if !errors.is_empty() {
            found.extend(errors);
            continue;
        }
        let rule = match annotation.target {
            AnnotationTarget::Rule(i) => module.rules.get(i),
            _ => None,
        };
        listed.push(Listed {
            path: rule.map_or_else(|| package.clone(), |rule| ground_prefix(&package, &rule.head.reference).0),
            is_rule: rule.is_some(),
            target: rule.map_or(module.package.span, |rule| rule.span),
            value: block.value,
        });
    }
    (listed, found)
}
