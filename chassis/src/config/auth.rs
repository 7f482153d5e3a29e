//! Who may use the protected routes.

use super::reader::Reader;
use super::settings;

use crate::tokens::Jwks;
use crate::types::{ApiKeys, Scope};

/// How the protected routes are protected.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `auth = "none"`: not at all.
    None,
    /// `auth = "api_key"`, `"jwt"`, or both, separated by a comma.
    Required {
        /// By the header `X-API-KEY`. Without a key nobody gets in this way.
        api_keys: Option<ApiKeys>,
        /// By a bearer token.
        jwt: Option<JwtSettings>,
    },
}

/// Which tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// `jwt_issuer`: what `iss` must be.
    pub issuer: String,
    /// `jwt_audience`: what `aud` must be, or have.
    pub audience: String,
    /// `jwt_jwks_url` or `jwt_jwks`: by which keys tokens are signed.
    pub keys: JwtKeys,
}

/// Where the issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtKeys {
    /// `jwt_jwks_url`: there, as a JWK set (RFC 7517 section 5), at the `jwt_jwks_origin` that
    /// `spin.toml` lets the component reach.
    Url(String),
    /// `jwt_jwks`: in the setting itself.
    Static(Jwks),
}

/// The environment in which an API key may be short.
const DEVELOPMENT: &str = "development";

impl Auth {
    pub(super) async fn read(reader: &mut Reader<'_>, app_env: Option<&str>, scopes: &'static [Scope]) -> Option<Self> {
        let methods = reader.parsed(&settings::AUTH, methods).await;
        // Read in any case: a list of keys that is broken should not wait for the day of its use.
        let may_be_short = app_env == Some(DEVELOPMENT);
        let api_keys = reader.parsed(&settings::API_KEY, |keys| ApiKeys::parse(keys, scopes, may_be_short)).await;
        let Methods { by_key, by_token } = methods?;
        let jwt = if by_token { JwtSettings::read(reader).await.map(Some) } else { Some(None) };
        let (api_keys, jwt) = (api_keys?, jwt?);
        if !by_key && !by_token {
            return Some(Self::None);
        }
        // Beside tokens the list of keys may still be empty: then it is as if only tokens were accepted.
        let accepts_keys = by_key && !(by_token && api_keys.is_empty());
        Some(Self::Required { api_keys: accepts_keys.then_some(api_keys), jwt })
    }
}

struct Methods {
    by_key: bool,
    by_token: bool,
}

fn methods(list: &str) -> Result<Methods, &'static str> {
    let mut words: Vec<_> = list.split(',').map(str::trim).collect();
    words.sort_unstable();
    match words.as_slice() {
        ["none"] => Ok(Methods { by_key: false, by_token: false }),
        ["api_key"] => Ok(Methods { by_key: true, by_token: false }),
        ["jwt"] => Ok(Methods { by_key: false, by_token: true }),
        ["api_key", "jwt"] => Ok(Methods { by_key: true, by_token: true }),
        _ => Err("must be api_key or jwt or api_key,jwt or none"),
    }
}

impl JwtSettings {
    async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let issuer = reader.required_text(&settings::JWT_ISSUER).await;
        let audience = reader.required_text(&settings::JWT_AUDIENCE).await;
        let keys = JwtKeys::read(reader).await;
        Some(Self { issuer: issuer?, audience: audience?, keys: keys? })
    }
}

impl JwtKeys {
    async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (url, keys) = (reader.text(&settings::JWT_JWKS_URL).await, reader.text(&settings::JWT_JWKS).await);
        let origin = reader.text(&settings::JWT_JWKS_ORIGIN).await;
        let (url, keys, origin) = (url?, keys?, origin?);
        match (url.is_empty(), keys.is_empty()) {
            (false, true) if is_at(&url, &origin) => return Some(Self::Url(url)),
            (false, true) => {
                let problem = "must be a URL at jwt_jwks_origin, which is like https://issuer.example";
                reader.refuse(&settings::JWT_JWKS_URL, problem);
            }
            (true, false) => match Jwks::parse(keys.as_bytes()) {
                Ok(keys) => return Some(Self::Static(keys)),
                Err(error) => reader.refuse(&settings::JWT_JWKS, error.to_string()),
            },
            _ => reader.refuse(&settings::JWT_JWKS_URL, "must be set, or else jwt_jwks, and not both"),
        }
        None
    }
}

/// Whether the URL is one that the manifest's `allowed_outbound_hosts` lets pass, where a URL would be
/// refused for its path. Otherwise no key could be fetched, and nobody would know before the first token.
fn is_at(url: &str, origin: &str) -> bool {
    let is_http = origin.starts_with("https://") || origin.starts_with("http://");
    let path = url.strip_prefix(origin.strip_suffix('/').unwrap_or(origin));
    is_http && path.is_some_and(|path| path.starts_with('/'))
}
