//! The settings as a whole. Each line is `name=value`; what is not there has a good value, and a name
//! without `=` is of a variable that can't be read.
#![no_main]

use std::collections::HashMap;
use std::time::Duration;

use api::config::{Auth, Config, ConfigProblem, CorsOrigins, Database, JwtKeys, PostgresHost, ServiceSettings};
use api::ports::{VariableError, Variables};
use async_trait::async_trait;
use axum::http::{HeaderValue, Uri};
use fuzz::now;
use libfuzzer_sys::fuzz_target;

/// What no message may show.
const SECRET: &str = "planted-secret";

/// Every variable, with a good value.
const DEFAULTS: [(&str, &str); 32] = [
    ("api_key", "planted-secret-of-16"),
    ("app_env", "test"),
    ("app_hostname", ""),
    ("auth", "api_key"),
    ("cache_ttl", ""),
    ("cors_allowed_origins", ""),
    ("database", "sqlite"),
    ("docs_enabled", "true"),
    ("jwt_audience", "mini-api"),
    ("jwt_issuer", "https://issuer.example"),
    ("jwt_jwks", ""),
    ("jwt_jwks_origin", "https://issuer.example"),
    ("jwt_jwks_url", "https://issuer.example/keys"),
    ("log_format", "json"),
    ("log_level", "info"),
    ("max_instance_reuse_count", "128"),
    ("metrics", "on"),
    ("pg_ca_root", ""),
    ("pgdatabase", "mini"),
    ("pghost", "db"),
    ("pgpassword", SECRET),
    ("pgport", "5432"),
    ("pgsslmode", "require"),
    ("pguser", "me"),
    ("rate_limit", ""),
    ("rate_limit_on_error", "open"),
    ("rate_limit_overrides", ""),
    ("redis_address", "redis://none.invalid:6379"),
    ("redis_password", SECRET),
    ("request_timeout", "10s"),
    ("seed_demo_data", "true"),
    ("trusted_proxies", "0"),
];

struct Settings<'a>(HashMap<&'a str, Option<&'a str>>);

#[async_trait]
impl Variables for Settings<'_> {
    async fn get(&self, name: &str) -> Result<String, VariableError> {
        match self.0.get(name) {
            Some(Some(value)) => Ok((*value).to_owned()),
            Some(None) => Err(VariableError::Provider(SECRET.to_owned())),
            None => Err(VariableError::Undefined),
        }
    }
}

fuzz_target!(|text: &str| {
    let mut settings = Settings(DEFAULTS.map(|(name, value)| (name, Some(value))).into());
    for line in text.lines() {
        let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
        if settings.0.contains_key(name) {
            settings.0.insert(name, value);
        }
    }
    match now(Config::read(&settings)) {
        Ok(config) => {
            check(&config);
            assert!(now(ServiceSettings::read(&settings)).is_ok());
            let is_planted = |name: &str| settings.0[name].is_some_and(|value| value.contains(SECRET));
            let secrets = ["api_key", "pgpassword", "redis_password"];
            let mut open = settings.0.keys().filter(|name| !secrets.contains(name));
            assert!(open.any(|name| is_planted(name)) || !format!("{config:?}").contains(SECRET), "{config:?}");
        }
        Err(problems) => {
            assert!(!text.is_empty(), "a variable is not in DEFAULTS: {problems:?}");
            check_problems(&problems);
        }
    }
});

fn check_problems(problems: &[ConfigProblem]) {
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(DEFAULTS.iter().any(|(name, _)| *name == problem.variable), "{problem}");
        assert!(!problem.to_string().contains(SECRET), "{problem}");
    }
}

fn check(config: &Config) {
    let seconds = |low, high| Duration::from_secs(low)..=Duration::from_secs(high);
    assert!(!config.app_hostname.is_empty());
    assert!(config.cache_ttl.is_none_or(|ttl| config.redis.is_some() && seconds(1, 86_400).contains(&ttl)));
    assert!(config.service.trusted_proxies <= 16);
    assert!(config.service.metrics.max_instance_reuse_count > 0);
    assert_eq!(config.service.is_database_shared, matches!(config.database, Database::Postgres(_)));
    if let Database::Postgres(postgres) = &config.database {
        assert!(postgres.port > 0);
        assert!(!matches!(&postgres.host, PostgresHost::Name(name) if name.is_empty()));
        assert!([&postgres.user, &postgres.database].iter().all(|text| !text.is_empty()));
    }
    if let Some(redis) = &config.redis {
        let address: Uri = redis.address.parse().expect("an address");
        assert!(matches!(address.scheme_str(), Some("redis" | "rediss")), "{address}");
        assert!(address.host().is_some() && address.port_u16().is_some_and(|port| port > 0), "{address}");
        assert!(address.authority().is_some_and(|authority| !authority.as_str().contains('@')), "{address}");
    }
    if let CorsOrigins::List(origins) = &config.service.cors_origins {
        assert!(!origins.is_empty());
        for origin in origins {
            assert!(HeaderValue::from_str(origin).is_ok_and(|value| value != "*"), "{origin}");
            let uri: Uri = origin.parse().expect("an origin");
            assert!(uri.host().is_some() && uri.query().is_none() && uri.path() == "/", "{origin}");
            assert!(!origin.ends_with('/') && *origin == origin.to_lowercase(), "{origin}");
            let port = if origin.starts_with("https:") { 443 } else { 80 };
            assert!(uri.port().is_none_or(|found| found.as_u16() != port && found.as_str() != "0"), "{origin}");
        }
    }
    if let Some(limits) = &config.rate_limit {
        assert_eq!(limits.limit_of(None), limits.limit);
        for (name, limit) in &limits.overrides {
            assert_eq!(limits.limit_of(Some(name)), *limit, "two limits of one name");
        }
    }
    if let Auth::Required { api_keys, jwt } = &config.auth {
        assert!(api_keys.is_some() || jwt.is_some(), "nobody gets in");
        assert!(api_keys.as_ref().is_none_or(|keys| keys.identify(b"").is_none()), "everybody gets in");
        if let Some(jwt) = jwt {
            assert!(!jwt.issuer.is_empty() && !jwt.audience.is_empty());
            match &jwt.keys {
                JwtKeys::Url(url) => assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}"),
                JwtKeys::Static(keys) => assert!(keys.count() > 0),
            }
        }
    }
}
