//! Negotiation of content codings (RFC 9110 section 12.5.3).

use axum::http::{HeaderMap, header};

/// Whether `Accept-Encoding` accepts gzip, and does not prefer the plain form. Clients without the header, or that accept
/// neither, get the plain form.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for (coding, weight) in value.to_str().unwrap_or_default().split(',').map(coding) {
            match coding.as_str() {
                "gzip" | "x-gzip" => gzip = Some(weight),
                "identity" => identity = Some(weight),
                "*" => any = Some(weight),
                _ => {}
            }
        }
    }
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// Returns the name in lower case and the weight; a broken weight is 0.
fn coding(element: &str) -> (String, f32) {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.next().map_or(Some(1.0), |parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().ok())?
    });
    // Weights are from 0 to 1 (RFC 9110 section 12.4.2), and Rust reads "inf" and "NaN" too.
    (name, weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (value, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("GZIP", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("*", true),
            ("identity;q=0.5, *;q=0.6", true),
            ("identity, gzip;q=0.5", false),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("gzip;q=nonsense", false),
            ("gzip;q=05", false),
            ("gzip;q=inf", false),
            ("identity;q=NaN, gzip", true),
            ("gzip;v=1", false),
            ("br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(takes_gzip(&headers), expected, "{value:?}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
