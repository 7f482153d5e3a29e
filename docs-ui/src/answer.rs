//! A file as an answer, in the form that the client takes, or none if the client has it.

use api::http::{ApiError, is_tag_known};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::content;
use crate::encoding::takes_gzip;
use crate::files::File;

/// How long a client may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// For ever: the name holds a hash of what is in the file.
    Immutable,
    /// As long as the client asks each time whether it is still the same.
    Revalidated,
}

impl Lifetime {
    fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            // A year, which stands for ever (RFC 9111 section 1.2.2 has no upper bound, caches do).
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidated => "no-cache",
        })
    }
}

/// The file, or 304 if `If-None-Match` names it.
pub fn answer(file: &'static File, lifetime: Lifetime, headers: &HeaderMap) -> Result<Response, ApiError> {
    let common = [
        (header::CACHE_CONTROL, lifetime.cache_control()),
        (header::ETAG, etag(file)?),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    if is_tag_known(headers, file.hash) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let (length, body) =
        if takes_gzip(headers) { (file.gzip.len(), content::gzip(file)) } else { (file.length, content::plain(file)) };
    let content = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    let encoding = takes_gzip(headers).then(|| [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
    Ok((common, content, encoding, body).into_response())
}

/// Weak, because the compressed form and the plain one have the same (RFC 9110 section 8.8.1).
fn etag(file: &File) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(format!("W/\"{}\"", file.hash)).map_err(|error| ApiError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn a_tag_in_any_form_is_known() {
        let file = &files::SWAGGER_UI;
        for (value, expected) in [
            (format!("W/\"{}\"", file.hash), StatusCode::NOT_MODIFIED),
            (format!("\"x\", \"{}\"", file.hash), StatusCode::NOT_MODIFIED),
            ("*".to_owned(), StatusCode::NOT_MODIFIED),
            ("W/\"x\"".to_owned(), StatusCode::OK),
            (file.hash.to_owned(), StatusCode::OK),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::try_from(&value).unwrap())]);
            assert_eq!(answer(file, Lifetime::Revalidated, &headers).unwrap().status(), expected, "{value}");
        }
    }
}
