//! The settings that every component of the application has.

use super::cors::CorsOrigins;
use super::reader::{ConfigProblem, Reader};
use super::settings;
use crate::log::{Form, Level};
use crate::ports::Variables;

const LEVELS: [Level; 4] = [Level::Error, Level::Warn, Level::Info, Level::Debug];

const MAX_TRUSTED_PROXIES: u8 = 16;

/// None of them is a secret, so that `docs-ui` has none.
#[derive(Clone, Debug)]
pub struct CommonSettings {
    pub docs_enabled: bool,
    pub log_level: Level,
    pub log_form: Form,
    /// Number of proxies in front of the application whose `X-Forwarded-*` headers count.
    pub trusted_proxies: u8,
    pub cors_origins: CorsOrigins,
}

impl CommonSettings {
    /// Reads these settings and no others. The error lists all problems, not just the first.
    pub async fn read(variables: &dyn Variables) -> Result<Self, Vec<ConfigProblem>> {
        let mut reader = Reader::new(variables);
        let settings = Self::read_by(&mut reader).await;
        reader.finish(settings)
    }

    pub(super) async fn read_by(reader: &mut Reader<'_>) -> Option<Self> {
        let docs_enabled = reader.flag(&settings::DOCS_ENABLED).await;
        let log_level = reader.choice(&settings::LOG_LEVEL, LEVELS.map(|level| (level.as_str(), level))).await;
        let log_form = reader.choice(&settings::LOG_FORMAT, [("json", Form::Json), ("text", Form::Text)]).await;
        let trusted_proxies = reader.parsed(&settings::TRUSTED_PROXIES, trusted_proxies).await;
        let cors_origins = CorsOrigins::read(reader).await;
        Some(Self {
            docs_enabled: docs_enabled?,
            log_level: log_level?,
            log_form: log_form?,
            trusted_proxies: trusted_proxies?,
            cors_origins: cors_origins?,
        })
    }
}

fn trusted_proxies(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(number) if number <= MAX_TRUSTED_PROXIES => Ok(number),
        _ => Err(format!("must be a number from 0 to {MAX_TRUSTED_PROXIES}")),
    }
}
