//! `X-Forwarded-For` and `X-Forwarded-Proto`. The first byte, modulo 17, is the number of proxies. The client's own
//! header lines follow, separated by carriage returns and ended by a line feed. The rest is what the proxies add.
#![no_main]

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chassis::http::{came_over_tls, client_address, client_network, network};
use fuzz::first_line;
use libfuzzer_sys::fuzz_target;

const PEER: &str = "192.0.2.1:5678";

fuzz_target!(|input: (u8, &[u8])| {
    let (proxies, text) = input;
    let proxies = proxies % 17;
    let (forged, added) = first_line(text);
    let forged: Vec<_> = forged.split(|byte| *byte == b'\r').collect();
    check_lines(&forged, added, proxies);
    if let Ok(text) = std::str::from_utf8(added) {
        check_elements(text, proxies);
        check_forms(text);
    }
});

/// Checks that forged lines change nothing, whether the proxies add a line or extend the last one.
fn check_lines(forged: &[&[u8]], added: &[u8], proxies: u8) {
    let (Some(alone), Some(apart)) = (request(&[added]), request(&[forged, &[added]].concat())) else { return };
    let joined = forged.split_last().map(|(last, lines)| {
        let line = [*last, b", ", added].concat();
        request(&[lines, &[line.as_slice()]].concat())
    });
    let Some(joined) = joined.flatten() else { return };
    if added.split(|byte| *byte == b',').count() >= usize::from(proxies) {
        for headers in [&apart, &joined] {
            assert_eq!(client_network(headers, proxies), client_network(&alone, proxies), "a client is believed");
            assert_eq!(came_over_tls(headers, proxies), came_over_tls(&alone, proxies), "a client is believed");
        }
    }
    assert_eq!(client_network(&apart, 0), "192.0.2.1", "nobody is trusted");
    assert!(!came_over_tls(&apart, 0), "nobody is trusted");
}

/// Returns headers of a request over plain HTTP. The client sends `lines` in each; the runtime appends its own values.
fn request(lines: &[&[u8]]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line).ok()?;
        for name in ["x-forwarded-for", "x-forwarded-proto", "spin-client-addr", "spin-full-url"] {
            headers.append(HeaderName::from_static(name), value.clone());
        }
    }
    headers.append("spin-client-addr", HeaderValue::from_static(PEER));
    headers.append("spin-full-url", HeaderValue::from_static("http://api.example/"));
    Some(headers)
}

fn check_elements(forwarded: &str, proxies: u8) {
    let peer = IpAddr::from([192, 0, 2, 1]);
    let found = client_address(PEER, forwarded, proxies);
    let seen = forwarded.rsplit(',').nth(usize::from(proxies).wrapping_sub(1));
    let expected = seen.and_then(|seen| client_address(seen, "", 0)).unwrap_or(peer);
    assert_eq!(found, Some(expected));
}

/// Checks that an address parses in each of its forms, and that its network contains it.
fn check_forms(text: &str) {
    let Some(address) = client_address(text, "", 0) else { return };
    assert_eq!(address.to_canonical(), address);
    let forms = match address {
        IpAddr::V4(address) => vec![address.to_string(), format!("{address}:1")],
        IpAddr::V6(address) => vec![address.to_string(), format!("[{address}]"), format!("[{address}]:1")],
    };
    for form in forms {
        assert_eq!(client_address(&form, "", 0), Some(address), "{form}");
    }
    let name = network(address);
    match address {
        IpAddr::V4(_) => assert_eq!(name.parse(), Ok(address)),
        IpAddr::V6(address) => {
            let start: Ipv6Addr = name.strip_suffix("/64").expect("a network").parse().expect("its start");
            assert_eq!(start.to_bits() >> 64, address.to_bits() >> 64);
            assert_eq!(start.to_bits() << 64, 0);
        }
    }
}
