//! All settings together. Each line is `name=value`. A setting without a line has a valid value. A line with the name
//! of a setting and no `=` makes the provider fail.
#![no_main]

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderValue, Uri};
use chassis::config::{
    Auth, CommonSettings, Config, ConfigProblem, CorsOrigins, Database, JwtKeys, PostgresHost, Reader, Setting,
};
use chassis::ports::{Unavailable, Variables};
use libfuzzer_sys::fuzz_target;

/// Planted secret, which no message may show.
const SECRET: &str = "planted-secret";

/// Values instead of the defaults: they turn on what a default leaves off, or plant a secret.
const OTHERS: [(&str, &str); 9] = [
    ("api_key", "planted-secret-of-16"),
    ("app_env", "test"),
    ("database", "persistent-sqlite"),
    ("jwt_audience", "mini-api"),
    ("jwt_issuer", "https://issuer.example"),
    ("jwt_jwks_origin", "https://issuer.example"),
    ("jwt_jwks_url", "https://issuer.example/keys"),
    ("pgpassword", SECRET),
    ("redis_password", SECRET),
];

/// Returns every setting that the API declares.
fn declared() -> impl Iterator<Item = &'static Setting> {
    api::settings::all().into_iter().flat_map(|group| group.settings)
}

fuzz_target!(|text: &str| {
    let mut settings: HashMap<_, _> = declared().map(|setting| (setting.name, setting.default)).collect();
    settings.extend(OTHERS);
    let mut is_available = true;
    for line in text.lines() {
        match line.split_once('=') {
            Some((name, value)) if settings.contains_key(name) => drop(settings.insert(name, value)),
            Some(_) => {}
            None => is_available &= !settings.contains_key(line),
        }
    }
    let owned = || settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let variables = || if is_available { Ok(owned()) } else { Err(Unavailable(SECRET.to_owned())) };
    match read(variables()) {
        Ok(config) => {
            check(&config);
            assert!(CommonSettings::read(variables()).is_ok());
            let is_planted = |name: &str| settings[name].contains(SECRET);
            let mut open = declared().filter(|setting| !setting.is_secret);
            assert!(
                open.any(|setting| is_planted(setting.name)) || !format!("{config:?}").contains(SECRET),
                "{config:?}"
            );
        }
        Err(problems) => {
            assert!(!text.is_empty(), "the defaults are no good: {problems:?}");
            check_problems(&problems);
        }
    }
});

fn read(variables: Variables) -> Result<Config, Vec<ConfigProblem>> {
    let mut reader = Reader::new(variables);
    let config = Config::read(&mut reader, &[]);
    let settings = api::settings::Settings::read(&mut reader);
    reader.finish(config.zip(settings)).map(|(config, _)| config)
}

fn check_problems(problems: &[ConfigProblem]) {
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(
            problem.variable == "settings" || declared().any(|setting| setting.name == problem.variable),
            "{problem}"
        );
        assert!(!problem.to_string().contains(SECRET), "{problem}");
    }
}

fn check(config: &Config) {
    let seconds = |low, high| Duration::from_secs(low)..=Duration::from_secs(high);
    assert!(!config.app_hostname.is_empty());
    assert!(config.cache_ttl.is_none_or(|ttl| config.redis.is_some() && seconds(1, 86_400).contains(&ttl)));
    assert!(config.common.trusted_proxies <= 16);
    assert!(config.metrics.max_instance_reuse_count > 0);
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
    if let CorsOrigins::List(origins) = &config.common.cors_origins {
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
