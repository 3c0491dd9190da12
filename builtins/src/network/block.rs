//! IP addresses and blocks of them as numbers. An IPv6 address that maps an IPv4 one counts as that.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address; the family is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) v6: bool,
    /// The number, right-aligned.
    pub(super) bits: u128,
}

/// A CIDR block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The address as written, not masked.
    pub(super) written: Address,
    /// Length of the prefix.
    pub(super) prefix: u32,
}

impl Address {
    /// Dotted or colon notation, without a zone.
    pub(super) fn parse(text: &str) -> Option<Address> {
        if let Ok(a) = text.parse::<Ipv4Addr>() {
            return Some(Address { v6: false, bits: u32::from(a).into() });
        }
        text.parse::<Ipv6Addr>().ok().map(Address::from_v6)
    }

    fn from_v6(a: Ipv6Addr) -> Address {
        match a.to_ipv4_mapped() {
            Some(a) => Address { v6: false, bits: u32::from(a).into() },
            None => Address { v6: true, bits: a.into() },
        }
    }

    pub(super) fn width(self) -> u32 {
        if self.v6 { 128 } else { 32 }
    }

    pub(super) fn text(self) -> String {
        match u32::try_from(self.bits) {
            Ok(bits) if !self.v6 => Ipv4Addr::from(bits).to_string(),
            _ => v6_text(self.bits),
        }
    }

    fn mask(self, prefix: u32) -> u128 {
        let host = self.width() - prefix.min(self.width());
        let all = if self.v6 { u128::MAX } else { u32::MAX.into() };
        all.checked_shl(host).unwrap_or(0) & all
    }
}

/// RFC 5952, always in hexadecimal.
fn v6_text(bits: u128) -> String {
    let a = Ipv6Addr::from(bits);
    let text = a.to_string();
    if !text.contains('.') {
        return text;
    }
    // Addresses that contain an IPv4 address: the last two groups once more as numbers.
    let [.., g6, g7] = a.segments();
    let head = &text[..=text.rfind(':').unwrap_or(0)];
    format!("{head}{g6:x}:{g7:x}")
}

impl Block {
    /// `address/length`.
    pub(super) fn parse(text: &str) -> Result<Block, String> {
        let bad = || format!("invalid CIDR address: {text}");
        let (address, length) = text.split_once('/').ok_or_else(bad)?;
        if length.is_empty() || length.len() > 8 || !length.bytes().all(|c| c.is_ascii_digit()) {
            return Err(bad());
        }
        let length: u32 = length.parse().map_err(|_| bad())?;
        let (address, width) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
            (Ok(a), _) => (Address { v6: false, bits: u32::from(a).into() }, 32),
            // Masked first: a short prefix cuts into the part that says "mapped".
            (_, Ok(a)) if length <= 128 => {
                let all = Address { v6: true, bits: a.into() };
                let masked = Address::from_v6(Ipv6Addr::from(all.bits & all.mask(length)));
                (if masked.v6 { all } else { Address::from_v6(a) }, 128)
            }
            _ => return Err(bad()),
        };
        if length > width {
            return Err(bad());
        }
        let prefix = if width == 128 && !address.v6 { length.saturating_sub(96) } else { length };
        Ok(Block { written: address, prefix })
    }

    /// The first address.
    pub(super) fn first(self) -> Address {
        Address { bits: self.written.bits & self.written.mask(self.prefix), ..self.written }
    }

    /// The last address.
    pub(super) fn last(self) -> Address {
        let all = self.written.mask(self.written.width());
        Address { bits: self.first().bits | (all & !self.written.mask(self.prefix)), ..self.written }
    }

    pub(super) fn contains(self, a: Address) -> bool {
        self.written.v6 == a.v6 && self.first().bits == a.bits & a.mask(self.prefix)
    }

    pub(super) fn contains_block(self, other: Block) -> bool {
        self.prefix <= other.prefix && self.contains(other.first())
    }

    pub(super) fn text(self) -> String {
        format!("{}/{}", self.written.text(), self.prefix)
    }
}
