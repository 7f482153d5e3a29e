//! The address of a client, past the proxies in front of the API.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Returns the address that a request is from. Without trusted proxies it is that of `peer`, the connection's address with
/// its port; else the one that the farthest trusted proxy has seen.
///
/// `forwarded` has the elements of all `X-Forwarded-For` fields. Each proxy appends the address of its peer, so what the
/// client has sent comes first and is never reached. With too few elements, or one that is no address, the request did
/// not come through the proxies.
pub fn client_address(peer: &str, forwarded: &str, trusted_proxies: u8) -> Option<IpAddr> {
    let hop = usize::from(trusted_proxies).checked_sub(1);
    let seen = hop.and_then(|hop| forwarded.rsplit(',').nth(hop)).and_then(parse);
    seen.or_else(|| parse(peer))
}

/// Returns the name under which requests of an address are counted: the address, or the first 64 bits of an IPv6 address,
/// because the holder of one has all of them (RFC 6177 section 2).
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Parses an address with or without a port, and with or without the brackets of IPv6.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().ok()?.into(),
        None => text.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok()?,
    };
    // An IPv6 socket shows an IPv4 peer as a mapped address.
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
