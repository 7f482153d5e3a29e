//! Which address a request is from, past the proxies in front of the API.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address that a request is from: that of the connection, or with `trusted_proxies` in front of
/// the API the one that the farthest of them has seen.
///
/// `peer` is the connection's address with its port. `forwarded` has the elements of all
/// `X-Forwarded-For` headers, to which each proxy adds, at the end, whom it was asked by; so what the
/// client itself has put there comes first and is never reached. Where there are too few elements, or
/// the one in question is no address, the request did not come by the proxies, and is its peer's.
pub fn client_address(peer: &str, forwarded: &str, trusted_proxies: u8) -> Option<IpAddr> {
    let hop = usize::from(trusted_proxies).checked_sub(1);
    let seen = hop.and_then(|hop| forwarded.rsplit(',').nth(hop)).and_then(parse);
    seen.or_else(|| parse(peer))
}

/// The name under which requests of an address are counted: the address, or the first 64 bits of one
/// of IPv6, as whoever has one of these has all of them (RFC 6177 section 2).
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// An address with or without a port, that of IPv6 in brackets or not.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let without_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match without_brackets {
        Some(address) => address.parse::<Ipv6Addr>().ok()?.into(),
        None => text.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok()?,
    };
    // One of IPv4 that came over a socket of IPv6 is one of IPv4.
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, forwarded: &str, trusted_proxies: u8) -> String {
        client_address(peer, forwarded, trusted_proxies).map(network).unwrap_or_default()
    }

    #[test]
    fn without_a_trusted_proxy_the_peer_is_the_client() {
        for forwarded in ["", "6.6.6.6", "6.6.6.6, 7.7.7.7"] {
            assert_eq!(found("1.2.3.4:5678", forwarded, 0), "1.2.3.4", "{forwarded}");
        }
    }

    #[test]
    fn proxies_are_counted_from_the_right() {
        let forwarded = "forged, 6.6.6.6,10.0.0.1 , 10.0.0.2";
        for (trusted_proxies, expected) in [(1, "10.0.0.2"), (2, "10.0.0.1"), (3, "6.6.6.6")] {
            assert_eq!(found("10.9.9.9:80", forwarded, trusted_proxies), expected);
        }
    }

    #[test]
    fn what_no_proxy_has_written_is_not_believed() {
        for (forwarded, trusted_proxies) in [
            ("", 1),
            ("6.6.6.6", 2),
            ("forged", 1),
            ("6.6.6.6,", 1),
            (",6.6.6.6", 2),
            ("6.6.6.6:99999", 1),
            ("::1%lo", 1),
        ] {
            assert_eq!(found("10.9.9.9:80", forwarded, trusted_proxies), "10.9.9.9", "{forwarded}");
        }
    }

    #[test]
    fn addresses_have_many_forms() {
        for (text, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:80", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::9]:80", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
            ("[1.2.3.4]", ""),
            ("unknown", ""),
            ("", ""),
        ] {
            assert_eq!(found(text, "", 0), expected, "{text}");
            assert_eq!(found("", text, 1), expected, "{text}");
        }
    }

    #[test]
    fn neighbours_in_ipv6_are_one() {
        assert_eq!(found("[2001:db8::1]:1", "", 0), found("[2001:db8::ffff:ffff:ffff:ffff]:2", "", 0));
        assert_ne!(found("[2001:db8::1]:1", "", 0), found("[2001:db8:0:1::1]:1", "", 0));
    }
}
