//! Who may use the protected routes.

use super::reader::Reader;
use super::settings;
use crate::domain::ApiKeys;
use crate::tokens::Jwks;

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
    pub(super) async fn read(reader: &mut Reader<'_>, app_env: &str) -> Self {
        let methods = reader.parsed(&settings::AUTH, methods).await;
        // Read in any case: a list of keys that is broken should not wait for the day of its use.
        let api_keys = reader.parsed(&settings::API_KEY, |keys| ApiKeys::parse(keys, app_env == DEVELOPMENT)).await;
        let Methods { by_key, by_token } = methods.unwrap_or_default();
        if !by_key && !by_token {
            return Self::None;
        }
        let jwt = if by_token { Some(JwtSettings::read(reader).await) } else { None };
        // Beside tokens the list of keys may still be empty: then it is as if only tokens were accepted.
        let api_keys = api_keys.filter(|keys| by_key && !(by_token && keys.is_empty()));
        Self::Required { api_keys, jwt }
    }
}

#[derive(Default)]
struct Methods {
    by_key: bool,
    by_token: bool,
}

fn methods(list: &str) -> Result<Methods, &'static str> {
    let mut words: Vec<_> = list.split(',').map(str::trim).collect();
    words.sort_unstable();
    match words.as_slice() {
        ["none"] => Ok(Methods::default()),
        ["api_key"] => Ok(Methods { by_key: true, by_token: false }),
        ["jwt"] => Ok(Methods { by_key: false, by_token: true }),
        ["api_key", "jwt"] => Ok(Methods { by_key: true, by_token: true }),
        _ => Err("must be api_key or jwt or api_key,jwt or none"),
    }
}

impl JwtSettings {
    async fn read(reader: &mut Reader<'_>) -> Self {
        let issuer = reader.required_text(&settings::JWT_ISSUER).await;
        let audience = reader.required_text(&settings::JWT_AUDIENCE).await;
        let keys = JwtKeys::read(reader).await;
        // One that is missing was refused, so that this is never used.
        Self { issuer, audience, keys: keys.unwrap_or(JwtKeys::Url(String::new())) }
    }
}

impl JwtKeys {
    async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (url, keys) = (reader.text(&settings::JWT_JWKS_URL).await, reader.text(&settings::JWT_JWKS).await);
        let origin = reader.text(&settings::JWT_JWKS_ORIGIN).await;
        match (url.is_empty(), keys.is_empty()) {
            (false, true) if is_at(&url, &origin) => Some(Self::Url(url)),
            (false, true) => {
                reader.refuse(
                    &settings::JWT_JWKS_URL,
                    "must be a URL at jwt_jwks_origin, which is like https://issuer.example",
                );
                None
            }
            (true, false) => match Jwks::parse(keys.as_bytes()) {
                Ok(keys) => Some(Self::Static(keys)),
                Err(error) => {
                    reader.refuse(&settings::JWT_JWKS, error.to_string());
                    None
                }
            },
            _ => {
                reader.refuse(&settings::JWT_JWKS_URL, "must be set, or else jwt_jwks, and not both");
                None
            }
        }
    }
}

/// Whether the URL is one that the manifest's `allowed_outbound_hosts` lets pass, where a URL would be
/// refused for its path. Otherwise no key could be fetched, and nobody would know before the first token.
fn is_at(url: &str, origin: &str) -> bool {
    let is_http = origin.starts_with("https://") || origin.starts_with("http://");
    let path = url.strip_prefix(origin.strip_suffix('/').unwrap_or(origin));
    is_http && path.is_some_and(|path| path.starts_with('/'))
}
