//! Parameters in the path and in the query.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::Problem;

/// The query parameters as `T`. Unknown parameters are ignored: other systems add them to links. A parameter that is
/// given twice is malformed.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if percent_decode_str(parts.uri.query().unwrap_or_default()).decode_utf8().is_err() {
            return Err(Problem::malformed("query", "is no UTF-8"));
        }
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        let query = query.map_err(|rejection| Problem::malformed("query", rejection.body_text()))?;
        Ok(Self(query.0))
    }
}

/// Returns the only parameter of a route, without its percent-encoding. `name` is its name in errors.
pub async fn path_parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Problem> {
    let path = Path::from_request_parts(parts, state).await;
    path.map(|Path(text)| text).map_err(|rejection| Problem::malformed(name, rejection.body_text()))
}
