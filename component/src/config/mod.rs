//! The settings as one typed value, read once an instance.

mod postgres;
mod reader;

use crate::domain::ApiKeys;
use crate::log::{Form, Level};
use crate::metrics::MetricsSettings;
use crate::ports::Variables;

pub use postgres::{PostgresSettings, SslMode};
pub use reader::ConfigProblem;
use reader::Reader;

const LEVELS: [Level; 4] = [Level::Error, Level::Warn, Level::Info, Level::Debug];

/// Everything that can be set. Each field names its variables in `spin.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// `app_env`: the name of the environment, shown by `GET /`.
    pub app_env: String,
    /// `app_hostname`: the name of the pod or machine; "unknown" when empty.
    pub app_hostname: String,
    /// `auth` and `api_key`: who may use the protected routes.
    pub auth: Auth,
    /// `database`, and `pghost` and its like: where tocos are kept.
    pub database: Database,
    /// `log_level`: the last level that is written.
    pub log_level: Level,
    /// `log_format`: how a line looks.
    pub log_form: Form,
    /// `metrics` and `max_instance_reuse_count`: how requests are counted.
    pub metrics: MetricsSettings,
    /// `seed_demo_data`: whether a new database starts with the demo users.
    pub seed_demo_data: bool,
}

/// How the protected routes are protected.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `auth = "api_key"`: by the header `X-API-KEY`. Without a key nobody gets in.
    ApiKey(ApiKeys),
    /// `auth = "none"`: not at all.
    None,
}

/// Which database keeps the tocos.
#[derive(Clone, Debug)]
pub enum Database {
    /// `database = "sqlite"`: Spin's database `default`, a file beside the runtime.
    Sqlite,
    /// `database = "postgres"`: a PostgreSQL server, shared by every replica.
    Postgres(PostgresSettings),
}

impl Config {
    /// Reads every variable. The error lists all problems, not just the first.
    pub async fn read(variables: &dyn Variables) -> Result<Self, Vec<ConfigProblem>> {
        let mut reader = Reader::new(variables);
        let app_env = reader.text("app_env").await;
        let app_hostname = reader.text("app_hostname").await;
        let api_keys = ApiKeys::parse(&reader.text("api_key").await);
        let is_protected = reader.choice("auth", [("api_key", true), ("none", false)]).await;
        let is_shared = reader.choice("database", [("sqlite", false), ("postgres", true)]).await;
        let database =
            if is_shared { Database::Postgres(PostgresSettings::read(&mut reader).await) } else { Database::Sqlite };
        let log_level = reader.choice("log_level", LEVELS.map(|level| (level.as_str(), Some(level)))).await;
        let log_form = reader.choice("log_format", [("json", Form::Json), ("text", Form::Text)]).await;
        let metrics = MetricsSettings {
            is_on: reader.choice("metrics", [("on", true), ("off", false)]).await,
            max_instance_reuse_count: reader.positive("max_instance_reuse_count").await,
        };
        let seed_demo_data = reader.choice("seed_demo_data", [("true", true), ("false", false)]).await;
        reader.finish()?;
        Ok(Self {
            app_env,
            app_hostname: if app_hostname.is_empty() { "unknown".into() } else { app_hostname },
            auth: if is_protected { Auth::ApiKey(api_keys) } else { Auth::None },
            database,
            log_level: log_level.unwrap_or(Level::Info),
            log_form,
            metrics,
            seed_demo_data,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use async_trait::async_trait;
    use futures_util::FutureExt;

    use super::*;
    use crate::ports::VariableError;

    struct Map(HashMap<&'static str, &'static str>);

    #[async_trait]
    impl Variables for Map {
        async fn get(&self, name: &str) -> Result<String, VariableError> {
            self.0.get(name).map(ToString::to_string).ok_or(VariableError::Undefined)
        }
    }

    fn read(changes: &[(&'static str, &'static str)]) -> Result<Config, Vec<ConfigProblem>> {
        let mut map = HashMap::from([
            ("app_env", "test"),
            ("app_hostname", ""),
            ("api_key", "planted-secret"),
            ("auth", "api_key"),
            ("database", "sqlite"),
            ("pghost", "db"),
            ("pgport", "5432"),
            ("pguser", "me"),
            ("pgpassword", "planted-secret"),
            ("pgdatabase", "mini"),
            ("pgsslmode", "require"),
            ("pg_ca_root", ""),
            ("log_level", "warn"),
            ("log_format", "text"),
            ("metrics", "on"),
            ("max_instance_reuse_count", "128"),
            ("seed_demo_data", "true"),
        ]);
        map.extend(changes.iter().copied());
        Config::read(&Map(map)).now_or_never().unwrap()
    }

    fn problems(changes: &[(&'static str, &'static str)]) -> Vec<String> {
        read(changes).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_every_variable() {
        let config = read(&[("app_hostname", "pod-1"), ("seed_demo_data", "false")]).unwrap();
        assert_eq!(config.app_env, "test");
        assert_eq!(config.app_hostname, "pod-1");
        assert!(!config.seed_demo_data);
        assert!(matches!(config.auth, Auth::ApiKey(keys) if keys.identify(b"planted-secret").is_some()));
        assert!(matches!(config.database, Database::Sqlite));
        assert_eq!((config.log_level, config.log_form), (Level::Warn, Form::Text));
        assert!(config.metrics.is_on);
        assert_eq!(config.metrics.max_instance_reuse_count, 128);
    }

    #[test]
    fn a_count_of_requests_is_at_least_one() {
        for value in ["0", "-1", "many", ""] {
            let expected = ["max_instance_reuse_count must be an integer from 1 on"];
            assert_eq!(problems(&[("max_instance_reuse_count", value)]), expected, "{value:?}");
        }
    }

    #[test]
    fn an_empty_hostname_is_unknown() {
        assert_eq!(read(&[]).unwrap().app_hostname, "unknown");
    }

    #[test]
    fn auth_none_opens_the_api() {
        assert!(matches!(read(&[("auth", "none")]).unwrap().auth, Auth::None));
    }

    #[test]
    fn all_problems_are_reported_at_once_without_a_value() {
        assert_eq!(
            problems(&[("auth", "banana"), ("seed_demo_data", "perhaps")]),
            ["auth must be api_key or none", "seed_demo_data must be true or false"]
        );
    }

    #[test]
    fn the_connection_matters_only_where_it_is_used() {
        let broken = [("pghost", ""), ("pgport", "0"), ("pguser", ""), ("pgsslmode", "verify-full")];
        assert!(read(&broken).is_ok());
        let broken = [&broken[..], &[("database", "postgres")]].concat();
        assert_eq!(
            problems(&broken),
            [
                "pghost must not be empty",
                "pgport must be a port from 1 to 65535",
                "pguser must not be empty",
                "pgsslmode must be disable or prefer or require",
            ]
        );
    }

    #[test]
    fn the_settings_of_postgres_show_no_password() {
        let config = read(&[("database", "postgres")]).unwrap();
        assert!(!format!("{config:?}").contains("planted-secret"), "{config:?}");
    }

    #[test]
    fn a_variable_that_the_manifest_lacks_is_a_problem() {
        let problems = Config::read(&Map(HashMap::new())).now_or_never().unwrap().unwrap_err();
        let named: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        let expected = [
            "app_env",
            "app_hostname",
            "api_key",
            "auth",
            "database",
            "log_level",
            "log_format",
            "metrics",
            "max_instance_reuse_count",
            "seed_demo_data",
        ];
        assert_eq!(named, expected);
    }
}
