//! Network addresses.

use super::super::entry::{Builtin, host};

pub(super) const TABLE: &[Builtin] = &[
    host("net.cidr_contains", "(cidr: string, cidr_or_ip: string) => result: boolean"),
    host(
        "net.cidr_contains_matches",
        "(cidrs: any<string, array[any<string, array[any]>], object[string: any<string, array[any]>], set[any<string, array[any]>]>, cidrs_or_ips: any<string, array[any<string, array[any]>], object[string: any<string, array[any]>], set[any<string, array[any]>]>) => output: set[array<any, any>]",
    ),
    host("net.cidr_expand", "(cidr: string) => hosts: set[string]"),
    host("net.cidr_intersects", "(cidr1: string, cidr2: string) => result: boolean"),
    host("net.cidr_is_valid", "(cidr: string) => result: boolean"),
    host("net.cidr_merge", "(addrs: any<array[any<string>], set[string]>) => output: set[string]"),
    host("net.cidr_overlap", "(string, string) => boolean").deprecated(),
    host("net.lookup_ip_addr", "(name: string) => addrs: set[string]").nondeterministic(),
];
