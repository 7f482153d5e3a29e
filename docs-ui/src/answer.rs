//! A file as a response.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chassis::http::Problem;

use crate::content;
use crate::encoding::takes_gzip;
use crate::files::File;

/// How long a client may cache a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// For ever: the name contains a hash of the content.
    Immutable,
    /// Until the next use, which needs a conditional request.
    Revalidated,
}

impl Lifetime {
    fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            // A year: RFC 9111 section 1.2.2 has no upper bound, but caches do.
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidated => "no-cache",
        })
    }
}

/// Returns the file. The envelope turns the response into a 304 if the client has the file.
pub fn answer(file: &'static File, lifetime: Lifetime, headers: &HeaderMap) -> Result<Response, Problem> {
    let common = [
        (header::CACHE_CONTROL, lifetime.cache_control()),
        (header::ETAG, etag(file)?),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    let (length, body) =
        if takes_gzip(headers) { (file.gzip.len(), content::gzip(file)) } else { (file.length, content::plain(file)) };
    let content = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    let encoding = takes_gzip(headers).then(|| [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
    Ok((common, content, encoding, body).into_response())
}

/// Weak, because the compressed form and the plain one share it (RFC 9110 section 8.8.1).
fn etag(file: &File) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(format!("W/\"{}\"", file.hash)).map_err(Problem::internal)
}
