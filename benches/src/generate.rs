//! Cases that are too large to keep: made from a kind and a count, the same each time.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::json;

/// What to make.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Which kind.
    pub kind: Kind,
    /// How many of it.
    pub count: usize,
}

/// What can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A policy of rules that test three values for equality.
    Rules,
    /// Orders in the input.
    Orders,
    /// A Terraform plan of changed resources as input.
    Plan,
    /// Users with roles that inherit from roles, in data.
    RoleGraph,
    /// Rows of data, one of which the input names.
    Bindings,
    /// Users and as many bindings of roles to users, in the input.
    Memberships,
}

/// The parts that were made.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "as in a case")]
pub struct Made {
    pub policy: Option<String>,
    pub input: Option<Vec<u8>>,
    pub data: Option<Vec<u8>>,
}

/// Makes what the recipe says.
pub fn make(recipe: &Recipe) -> Made {
    let count = recipe.count.max(1);
    match recipe.kind {
        Kind::Rules => rules(count),
        Kind::Orders => orders(count),
        Kind::Plan => plan(count),
        Kind::RoleGraph => role_graph(count),
        Kind::Bindings => bindings(count),
        Kind::Memberships => memberships(count),
    }
}

fn rules(count: usize) -> Made {
    let mut policy = "package rules\n\ndefault allow := false\n".to_owned();
    for n in 0..count {
        let method = METHODS[n % METHODS.len()];
        let _ = write!(
            policy,
            "\nallow if {{\n\tinput.path == \"/services/{n}/items\"\n\tinput.method == \"{method}\"\n\tinput.role == \"role-{}\"\n}}\n",
            n % 7
        );
    }
    let n = count * 4 / 5;
    let input = json!({
        "method": (METHODS[n % METHODS.len()]),
        "path": format!("/services/{n}/items"),
        "role": format!("role-{}", n % 7),
        "request_id": "5b1e77c0",
    });
    Made { policy: Some(policy), input: Some(input.to_string().into_bytes()), data: None }
}

const METHODS: [&str; 4] = ["GET", "PUT", "POST", "DELETE"];

fn orders(count: usize) -> Made {
    let orders: Vec<_> = (0..count)
        .map(|n| {
            json!({
                "id": format!("o-{n:05}"),
                "region": (["north", "east", "south", "west"][n % 4]),
                "state": (["open", "paid", "sent"][n % 3]),
                "cents": (n * 7919) % 100_000,
            })
        })
        .collect();
    Made { input: Some(json!({ "orders": orders }).to_string().into_bytes()), ..Made::default() }
}

fn plan(count: usize) -> Made {
    let kinds = ["aws_instance", "aws_iam_role", "aws_security_group", "aws_s3_bucket", "aws_route", "aws_subnet"];
    let actions = [vec!["create"], vec!["no-op"], vec!["update"], vec!["delete", "create"], vec!["no-op"]];
    let changes: Vec<_> = (0..count)
        .map(|n| {
            let kind = kinds[n % kinds.len()];
            let tags: serde_json::Map<String, serde_json::Value> = (0..12)
                .map(|t| (format!("team-{t}/cost-center"), json!(format!("cc-{:06}/{}", (n * 31 + t * 17) % 999_983, t))))
                .collect();
            let state = json!({
                "arn": format!("arn:aws:ec2:eu-central-1:123456789012:resource/{kind}-{n}"),
                "tags": tags,
                "root_block_device": [{"volume_size": 20 + n % 80, "encrypted": true, "iops": 3000, "throughput": 125.5}],
                "user_data": format!("#!/bin/sh\necho \"node {n}\" > /etc/motd\n"),
                "vpc_security_group_ids": [format!("sg-{:08x}", n * 2_654_435), format!("sg-{:08x}", n * 40_503)],
                "monitoring": n % 2 == 0,
                "timeouts": null,
            });
            json!({
                "address": format!("module.app.{kind}.node[{n}]"),
                "mode": "managed",
                "type": kind,
                "name": "node",
                "index": n,
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": (actions[n % actions.len()].clone()), "before": state, "after": state, "after_unknown": {"id": true}},
            })
        })
        .collect();
    let plan = json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes});
    Made { input: Some(plan.to_string().into_bytes()), ..Made::default() }
}

fn role_graph(count: usize) -> Made {
    let roles = 2000;
    let mut data = "{\"members\":{".to_owned();
    for n in 0..count {
        let comma = if n == 0 { "" } else { "," };
        let (a, b) = (n % roles, (n * 7 + 13) % roles);
        let _ = write!(
            data,
            "{comma}\"user-{n:06}\":{{\"name\":\"Person Number {n}\",\"mail\":\"person.{n}@example.com\",\"department\":\"department {}\",\"active\":true,\"roles\":[\"role-{a}\",\"role-{b}\"]}}",
            n % 97
        );
    }
    data.push_str("},\"inherits\":{");
    for n in 0..roles {
        let comma = if n == 0 { "" } else { "," };
        // A tree with ten roles below each; the way up is short.
        let above = if n < 10 { "[]".to_owned() } else { format!("[\"role-{}\"]", n / 10) };
        let _ = write!(data, "{comma}\"role-{n}\":{above}");
    }
    data.push_str("},\"grants\":{");
    for n in 0..roles {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            data,
            "{comma}\"role-{n}\":[{{\"action\":\"read\",\"resource\":\"service-{n}\"}},{{\"action\":\"write\",\"resource\":\"service-{}\"}}]",
            n * 3 % roles
        );
    }
    data.push_str("}}");
    let user = count * 2 / 3;
    // What the role at the top of the user's first role grants.
    let mut top = user % roles;
    while top >= 10 {
        top /= 10;
    }
    let input = json!({"user": format!("user-{user:06}"), "action": "read", "resource": format!("service-{top}")});
    Made { input: Some(input.to_string().into_bytes()), data: Some(data.into_bytes()), policy: None }
}

fn memberships(count: usize) -> Made {
    let users: Vec<_> = (0..count).map(|n| json!({"id": format!("user-{n}"), "active": (n % 9 != 0)})).collect();
    // Some users have two, some none.
    let binding = |n: usize| {
        let user = n * 7 % count;
        json!({"user": format!("user-{}", user - user % 3 / 2), "role": format!("role-{}", n % 11)})
    };
    let bindings: Vec<_> = (0..count).map(binding).collect();
    let input = json!({"users": users, "bindings": bindings});
    Made { policy: None, input: Some(input.to_string().into_bytes()), data: None }
}

fn bindings(count: usize) -> Made {
    let mut data = "{\"bindings\":[".to_owned();
    for n in 0..count {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(data, "{comma}{{\"user\":\"user-{n:06}\",\"role\":\"role-{}\"}}", n % 50);
    }
    data.push_str("]}");
    let n = count * 4 / 5;
    let input = json!({"user": format!("user-{n:06}"), "role": format!("role-{}", n % 50)});
    Made { input: Some(input.to_string().into_bytes()), data: Some(data.into_bytes()), policy: None }
}
