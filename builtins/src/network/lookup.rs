//! `net.lookup_ip_addr`: the addresses of a host name, through the network that the host granted.

use std::net::IpAddr;
use std::time::Duration;

use writ_value::Value;

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[Builtin::nondeterministic("net.lookup_ip_addr", 1, lookup_ip_addr)];

const TIMEOUT: Duration = Duration::from_secs(5);

fn lookup_ip_addr(context: &mut Context, args: &[Value]) -> Answer {
    let host = operand::text(args, 1)?.into_owned();
    // An address needs no network.
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(Some(Value::set([Value::from(address.to_string())])));
    }
    let network = context.network.clone().ok_or_else(|| BuiltinError::halt("network access was not granted"))?;
    if !network.allows(&host) {
        return Err(BuiltinError::new(format!("unallowed host: {host}")));
    }
    let lookup = |_: &mut Context| {
        let addresses = network.lookup(&host, TIMEOUT).map_err(BuiltinError::new)?;
        Ok(Value::set(addresses.into_iter().map(|a| Value::from(a.to_string()))))
    };
    context.once("net.lookup_ip_addr", Value::from(host.as_str()), lookup).map(Some)
}
