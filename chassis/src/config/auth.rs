use super::reader::Reader;
use super::settings;
use crate::tokens::Jwks;
use crate::types::{ApiKeys, Scope};

#[derive(Clone, Debug)]
pub enum Auth {
    None,
    /// `auth = "api_key"`, `"jwt"`, or both, separated by a comma.
    Required {
        api_keys: Option<ApiKeys>,
        jwt: Option<JwtSettings>,
    },
}

/// The setting `auth`: the credentials that protected routes accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthMethods {
    pub api_keys: bool,
    pub tokens: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    pub issuer: String,
    pub audience: String,
    pub keys: JwtKeys,
}

/// The issuer's keys, a JWK set (RFC 7517 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtKeys {
    /// `jwt_jwks_url`, at the `jwt_jwks_origin` that `spin.toml` lets the component reach.
    Url(String),
    Static(Jwks),
}

impl Auth {
    pub(super) fn read(reader: &mut Reader, scopes: &'static [Scope]) -> Option<Self> {
        let methods = reader.parsed(&settings::AUTH, AuthMethods::parse);
        // Read even if `auth` does not use it, so that a broken list is found before it is needed.
        let may_be_short = reader.is_development();
        let api_keys = reader.parsed(&settings::API_KEY, |keys| ApiKeys::parse(keys, scopes, may_be_short));
        let methods = methods?;
        let jwt = if methods.tokens { JwtSettings::read(reader).map(Some) } else { Some(None) };
        let (api_keys, jwt) = (api_keys?, jwt?);
        if !methods.api_keys && !methods.tokens {
            return Some(Self::None);
        }
        // With `auth = "api_key,jwt"` the list of keys may be empty: then the API accepts only tokens.
        let accepts_keys = methods.api_keys && !(methods.tokens && api_keys.is_empty());
        Some(Self::Required { api_keys: accepts_keys.then_some(api_keys), jwt })
    }
}

impl AuthMethods {
    pub(super) fn parse(list: &str) -> Result<Self, &'static str> {
        let mut words: Vec<_> = list.split(',').map(str::trim).collect();
        words.sort_unstable();
        let (api_keys, tokens) = match words.as_slice() {
            ["none"] => (false, false),
            ["api_key"] => (true, false),
            ["jwt"] => (false, true),
            ["api_key", "jwt"] => (true, true),
            _ => return Err("must be api_key or jwt or api_key,jwt or none"),
        };
        Ok(Self { api_keys, tokens })
    }
}

impl JwtSettings {
    fn read(reader: &mut Reader) -> Option<Self> {
        let issuer = reader.required_text(&settings::JWT_ISSUER);
        let audience = reader.required_text(&settings::JWT_AUDIENCE);
        let keys = JwtKeys::read(reader);
        Some(Self { issuer: issuer?, audience: audience?, keys: keys? })
    }
}

impl JwtKeys {
    fn read(reader: &mut Reader) -> Option<Self> {
        let (url, keys) = (reader.text(&settings::JWT_JWKS_URL), reader.text(&settings::JWT_JWKS));
        let origin = reader.text(&settings::JWT_JWKS_ORIGIN);
        let (url, keys, origin) = (url?, keys?, origin?);
        let problem = match (url.is_empty(), keys.is_empty()) {
            (false, true) if is_at(&url, &origin) => return Some(Self::Url(url)),
            (false, true) => "must be a URL at jwt_jwks_origin, which is like https://issuer.example",
            (true, false) => {
                let keys = reader.parsed(&settings::JWT_JWKS, |keys| Jwks::parse(keys.as_bytes()));
                return keys.map(Self::Static);
            }
            _ => "must be set, or else jwt_jwks, and not both",
        };
        reader.refuse(&settings::JWT_JWKS_URL, problem);
        None
    }
}

/// Whether the URL is at the origin, so that `allowed_outbound_hosts` in the manifest allows it.
fn is_at(url: &str, origin: &str) -> bool {
    let is_http = origin.starts_with("https://") || origin.starts_with("http://");
    let path = url.strip_prefix(origin.strip_suffix('/').unwrap_or(origin));
    is_http && path.is_some_and(|path| path.starts_with('/'))
}
