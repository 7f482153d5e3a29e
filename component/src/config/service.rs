//! The settings that every component of the application has.

use super::edge::{self, CorsOrigins};
use super::reader::{ConfigProblem, Reader};
use super::settings;
use crate::log::{Form, Level};
use crate::metrics::MetricsSettings;
use crate::ports::Variables;

const LEVELS: [Level; 4] = [Level::Error, Level::Warn, Level::Info, Level::Debug];

/// How a component logs and counts, and which parts of the application there are. No secret is
/// among them, so that a component which needs nothing else can be given none.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// `docs_enabled`: whether the API's documentation is served.
    pub docs_enabled: bool,
    /// `log_level`: the last level that is written.
    pub log_level: Level,
    /// `log_format`: how a line looks.
    pub log_form: Form,
    /// `metrics` and `max_instance_reuse_count`: how requests are counted.
    pub metrics: MetricsSettings,
    /// `trusted_proxies`: how many proxies in front of the application say truly who asked them, and how.
    pub trusted_proxies: u8,
    /// `cors_allowed_origins`: the origins whose pages may read the responses.
    pub cors_origins: CorsOrigins,
    /// `seed_demo_data`: whether a new database starts with the demo users.
    pub seed_demo_data: bool,
    /// `database = "postgres"`: whether tocos are kept on a server, which every replica shares.
    pub is_database_shared: bool,
}

impl ServiceSettings {
    /// Reads these variables and no others. The error lists all problems, not just the first.
    pub async fn read(variables: &dyn Variables) -> Result<Self, Vec<ConfigProblem>> {
        let mut reader = Reader::new(variables);
        let settings = Self::read_by(&mut reader).await;
        reader.finish()?;
        Ok(settings)
    }

    /// Whether the demo users belong into the pod's own file, if it is new: the first component to
    /// open it gives it its schema, for counts as for tocos.
    pub fn seeds_file(&self) -> bool {
        self.seed_demo_data && !self.is_database_shared
    }

    pub(super) async fn read_by(reader: &mut Reader<'_>) -> Self {
        let log_level = reader.choice(&settings::LOG_LEVEL, LEVELS.map(|level| (level.as_str(), Some(level)))).await;
        Self {
            docs_enabled: reader.choice(&settings::DOCS_ENABLED, [("true", true), ("false", false)]).await,
            log_level: log_level.unwrap_or(Level::Info),
            log_form: reader.choice(&settings::LOG_FORMAT, [("json", Form::Json), ("text", Form::Text)]).await,
            metrics: MetricsSettings {
                is_on: reader.choice(&settings::METRICS, [("on", true), ("off", false)]).await,
                max_instance_reuse_count: reader.positive(&settings::MAX_INSTANCE_REUSE_COUNT).await,
            },
            trusted_proxies: edge::read_trusted_proxies(reader).await,
            cors_origins: edge::read_cors_origins(reader).await,
            seed_demo_data: reader.choice(&crate::settings::SEED_DEMO_DATA, [("true", true), ("false", false)]).await,
            is_database_shared: reader.choice(&settings::DATABASE, [("sqlite", false), ("postgres", true)]).await,
        }
    }
}
