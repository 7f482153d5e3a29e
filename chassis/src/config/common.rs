use std::sync::Arc;

use super::auth::AuthMethods;
use super::reader::{ConfigProblem, Reader, is_host, port};
use super::settings;
use crate::log::{Form, Level, Log};
use crate::ports::{System, Variables};

const LEVELS: [(&str, Level); 4] =
    [("error", Level::Error), ("warn", Level::Warn), ("info", Level::Info), ("debug", Level::Debug)];

/// The settings of every component. None is a secret.
#[derive(Clone, Debug, Default)]
pub struct CommonSettings {
    pub docs_enabled: bool,
    pub log_level: Level,
    pub log_form: Form,
    pub trusted_proxies: u8,
    pub cors_origins: CorsOrigins,
}

impl CommonSettings {
    /// Reads the settings of `docs-ui`: these, and `auth`. The error lists all problems, not just the first.
    pub fn read(variables: Variables) -> Result<(Self, AuthMethods), Vec<ConfigProblem>> {
        let mut reader = Reader::new(variables);
        let settings = Self::read_by(&mut reader);
        let methods = reader.parsed(&settings::AUTH, AuthMethods::parse);
        reader.finish(settings.zip(methods))
    }

    pub fn log(&self, system: Arc<dyn System>) -> Log {
        Log { level: self.log_level, form: self.log_form, system }
    }

    pub(super) fn read_by(reader: &mut Reader) -> Option<Self> {
        let docs_enabled = reader.flag(&settings::DOCS_ENABLED);
        let log_level = reader.choice(&settings::LOG_LEVEL, LEVELS);
        let log_form = reader.choice(&settings::LOG_FORMAT, [("json", Form::Json), ("text", Form::Text)]);
        let trusted_proxies = reader.parsed(&settings::TRUSTED_PROXIES, |text| {
            text.parse().ok().filter(|number| *number <= 16).ok_or("must be a number from 0 to 16")
        });
        let cors_origins = reader.parsed(&settings::CORS_ALLOWED_ORIGINS, CorsOrigins::parse);
        let (docs_enabled, log_level, log_form) = (docs_enabled?, log_level?, log_form?);
        let (trusted_proxies, cors_origins) = (trusted_proxies?, cors_origins?);
        Some(Self { docs_enabled, log_level, log_form, trusted_proxies, cors_origins })
    }
}

/// Origins whose pages may read the responses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Only the API's own origin.
    #[default]
    None,
    Any,
    List(Vec<String>),
}

impl CorsOrigins {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let origins: Vec<_> = text.split(',').map(|origin| origin.trim().to_owned()).collect();
        match text.trim() {
            "" => Ok(Self::None),
            "*" => Ok(Self::Any),
            _ if origins.iter().all(|origin| is_origin(origin)) => Ok(Self::List(origins)),
            _ => Err("must be * or origins like https://example.com, separated by commas"),
        }
    }
}

/// Whether a browser could send this origin (RFC 6454 section 7): in lower case, without the scheme's default port.
fn is_origin(text: &str) -> bool {
    let schemes = [("https://", "443"), ("http://", "80")];
    let parts = schemes.iter().find_map(|(scheme, port)| Some((text.strip_prefix(scheme)?, port)));
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_lower
        && parts.is_some_and(|(rest, default)| match rest.rsplit_once(':') {
            Some((host, text)) if !text.ends_with(']') => is_host(host) && port(text).is_some() && text != *default,
            _ => is_host(rest),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_a_browser_sends() {
        for text in ["https://example.com", "http://localhost:3000", "http://[::1]:8080", "http://[::1]"] {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "example.com",
            "https://",
            "https://example.com/",
            "https://*.example.com",
            "https://Example.com",
            "null",
            "https://a@b",
            "https://a:x",
            "https://a:+1",
            "https://a:0443",
            "https://a:443",
            "http://a:80",
            "http://[::A]",
            "ftp://example.com",
            "https://a b",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
