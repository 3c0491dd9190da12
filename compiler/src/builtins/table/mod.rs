//! The rows of the table, one file per family of built-ins.

use super::entry::Builtin;

mod aggregates;
mod arithmetic;
mod arrays;
mod bits;
mod comparison;
mod crypto;
mod encoding;
mod glob;
mod graph;
mod graphql;
mod http;
mod jwt;
mod net;
mod objects;
mod regex;
mod rego;
mod schema;
mod semver;
mod sets;
mod strings;
mod time;
mod types;
mod units;
mod uri;
mod uuid;

/// Every family.
pub(super) const FAMILIES: &[&[Builtin]] = &[
    aggregates::TABLE,
    arithmetic::TABLE,
    arrays::TABLE,
    bits::TABLE,
    comparison::TABLE,
    crypto::TABLE,
    encoding::TABLE,
    glob::TABLE,
    graph::TABLE,
    graphql::TABLE,
    http::TABLE,
    jwt::TABLE,
    net::TABLE,
    objects::TABLE,
    regex::TABLE,
    rego::TABLE,
    schema::TABLE,
    semver::TABLE,
    sets::TABLE,
    strings::TABLE,
    time::TABLE,
    types::TABLE,
    units::TABLE,
    uri::TABLE,
    uuid::TABLE,
];
