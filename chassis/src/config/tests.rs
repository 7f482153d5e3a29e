//! Which settings are accepted, and which problems the others have.

mod environment;

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::log::{Form, Level};
use crate::ports::Variables;

fn variables(map: HashMap<&'static str, &'static str>) -> Variables {
    Ok(map.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn read(changes: &[(&'static str, &'static str)]) -> Result<Config, Vec<ConfigProblem>> {
    let mut map = settings();
    map.extend(changes.iter().copied());
    read_from(map)
}

fn read_from(map: HashMap<&'static str, &'static str>) -> Result<Config, Vec<ConfigProblem>> {
    let mut reader = Reader::new(variables(map));
    let config = Config::read(&mut reader, &[]);
    reader.finish(config)
}

/// Returns valid settings: the defaults, except for some.
fn settings() -> HashMap<&'static str, &'static str> {
    let defaults = GROUPS.iter().flat_map(|group| group.settings).map(|setting| (setting.name, setting.default));
    let mut settings: HashMap<_, _> = defaults.collect();
    settings.extend([
        ("app_env", "test"),
        ("database", "persistent-sqlite"),
        ("api_key", "planted-secret-key"),
        ("redis_password", "planted-secret"),
        ("pghost", "db"),
        ("pgpassword", "planted-secret"),
        ("pgsslmode", "require"),
        ("log_level", "warn"),
        ("log_format", "text"),
    ]);
    settings
}

fn problems(changes: &[(&'static str, &'static str)]) -> Vec<String> {
    read(changes).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn reads_every_variable() {
    let config = read(&[("app_hostname", "pod-1"), ("docs_enabled", "false")]).unwrap();
    assert_eq!(config.app_env, "test");
    assert_eq!(config.app_hostname, "pod-1");
    assert!(!config.common.docs_enabled);
    let Auth::Required { api_keys: Some(keys), jwt: None } = config.auth else {
        panic!("{:?}", config.auth);
    };
    assert!(keys.identify(b"planted-secret-key").is_some());
    assert!(matches!(config.database, Database::Sqlite));
    assert_eq!((config.common.log_level, config.common.log_form), (Level::Warn, Form::Text));
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
fn a_short_key_is_a_problem_outside_of_development() {
    assert!(read(&[("api_key", "short"), ("app_env", "development")]).is_ok());
    let expected = ["api_key has a key of less than 16 characters at place 1"];
    assert_eq!(problems(&[("api_key", "short")]), expected);
    assert_eq!(problems(&[("api_key", "short"), ("auth", "none")]), expected);
}

#[test]
fn tokens_need_an_issuer_an_audience_and_keys_from_one_place() {
    let whole =
        [("jwt_issuer", "https://issuer"), ("jwt_audience", "mini-api"), ("jwt_jwks_url", "https://issuer/jwks")];
    let whole = [&whole[..], &[("jwt_jwks_origin", "https://issuer")]].concat();
    for auth in ["jwt", "api_key,jwt", "jwt, api_key"] {
        let config = read(&[&whole[..], &[("auth", auth)]].concat()).unwrap();
        let Auth::Required { api_keys, jwt: Some(jwt) } = config.auth else { panic!("{:?}", config.auth) };
        assert_eq!(api_keys.is_some(), auth != "jwt", "{auth}");
        assert_eq!(jwt.keys, JwtKeys::Url("https://issuer/jwks".into()));
    }
    assert_eq!(
        problems(&[("auth", "jwt")]),
        [
            "jwt_issuer must not be empty",
            "jwt_audience must not be empty",
            "jwt_jwks_url must be set, or else jwt_jwks, and not both",
        ]
    );
    assert_eq!(problems(&[&whole[..], &[("auth", "jwt"), ("jwt_jwks", "{}")]].concat()).len(), 1);
}

#[test]
fn beside_tokens_the_list_of_keys_may_be_empty() {
    let with = |keys| {
        read(&[
            ("auth", "api_key,jwt"),
            ("api_key", keys),
            ("jwt_issuer", "i"),
            ("jwt_audience", "a"),
            ("jwt_jwks", JWKS),
        ])
    };
    for (keys, is_accepted) in [("", false), (" , ", false), ("planted-secret-key", true)] {
        let Auth::Required { api_keys, jwt: Some(_) } = with(keys).unwrap().auth else { panic!("no tokens") };
        assert_eq!(api_keys.is_some(), is_accepted, "{keys:?}");
    }
    let Auth::Required { api_keys: Some(keys), jwt: None } = read(&[("api_key", "")]).unwrap().auth else {
        panic!("no keys")
    };
    assert!(keys.is_empty(), "without tokens nobody gets in, and readiness says so");
}

const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[test]
fn keys_of_tokens_may_be_in_the_setting_itself() {
    let with = |keys| [("auth", "jwt"), ("jwt_issuer", "i"), ("jwt_audience", "a"), ("jwt_jwks", keys)];
    let Auth::Required { jwt: Some(jwt), .. } = read(&with(JWKS)).unwrap().auth else { panic!("no tokens") };
    assert!(matches!(jwt.keys, JwtKeys::Static(keys) if keys.count() == 1));
    assert_eq!(problems(&with("planted-secret")), ["jwt_jwks must be a JWK set"]);
    assert_eq!(
        problems(&with(r#"{"keys":[]}"#)),
        ["jwt_jwks has no usable key: RS256 of 2048 to 4096 bits with an exponent from 65537, ES256 or EdDSA"]
    );
}

#[test]
fn keys_of_tokens_are_at_the_origin_that_may_be_reached() {
    let with = |origin, url| {
        let changes = [("auth", "jwt"), ("jwt_issuer", "i"), ("jwt_audience", "a")];
        [&changes[..], &[("jwt_jwks_origin", origin), ("jwt_jwks_url", url)]].concat()
    };
    for (origin, url) in [
        ("https://issuer", "https://issuer/"),
        ("https://issuer/", "https://issuer/jwks?a=b"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/jwks"),
    ] {
        assert!(read(&with(origin, url)).is_ok(), "{origin} {url}");
    }
    for (origin, url) in [
        ("https://issuer", "https://issuer"),
        ("https://issuer", "https://issuer.example/jwks"),
        ("https://issuer", "https://issuer@example/jwks"),
        ("https://issuer", "http://issuer/jwks"),
        ("https://issuer", "jwks"),
        ("https://none.invalid", "https://issuer/jwks"),
        ("*://*:*", "https://issuer/jwks"),
        ("ftp://issuer", "ftp://issuer/jwks"),
        ("", "/jwks"),
    ] {
        let expected = ["jwt_jwks_url must be a URL at jwt_jwks_origin, which is like https://issuer.example"];
        assert_eq!(problems(&with(origin, url)), expected, "{origin} {url}");
    }
}

#[test]
fn limits_and_a_cache_are_off_unless_they_are_set() {
    let config = read(&[]).unwrap();
    assert_eq!((config.rate_limit, config.redis, config.cache_ttl), (None, None, None));
    assert_eq!((config.common.trusted_proxies, config.common.cors_origins), (0, CorsOrigins::None));
    assert_eq!(config.request_timeout, Duration::from_secs(10));
    let config = read(&[
        ("rate_limit", "2/1s"),
        ("rate_limit_on_error", "closed"),
        ("trusted_proxies", "16"),
        ("redis_address", "redis://cache:6379"),
        ("database", "postgres"),
        ("cache_ttl", "30s"),
        ("cors_allowed_origins", "https://a.example, http://b.example:8080"),
    ])
    .unwrap();
    assert!(config.rate_limit.is_some_and(|settings| !settings.is_open_on_error));
    assert!(!format!("{:?}", config.redis).contains("planted-secret"));
    assert_eq!((config.cache_ttl, config.common.trusted_proxies), (Some(Duration::from_secs(30)), 16));
    let origins = ["https://a.example", "http://b.example:8080"].map(str::to_owned).to_vec();
    assert_eq!(config.common.cors_origins, CorsOrigins::List(origins));
}

#[test]
fn what_stands_at_the_edge_is_refused_where_it_is_broken() {
    let broken = [
        ("rate_limit", "100"),
        ("rate_limit_overrides", "ci"),
        ("rate_limit_on_error", "ajar"),
        ("trusted_proxies", "17"),
        ("redis_address", "cache:6379"),
        ("cache_ttl", "30s"),
        ("cors_allowed_origins", "https://a.example/"),
        ("request_timeout", "0s"),
    ];
    assert_eq!(
        problems(&broken),
        [
            "rate_limit must be like 100/60s: 1 to 1000000 requests, in 1s to 24h",
            "rate_limit_overrides must be like name=1000/60s,other=10/1s, each name once",
            "rate_limit_on_error must be open or closed",
            "redis_address must be redis://host:port or rediss://host:port, without a password, or \
                redis://none.invalid:6379 for none",
            "cache_ttl needs redis_address",
            "cache_ttl needs database = postgres",
            "request_timeout must be a duration like 10s, from 1s to 5m",
            "trusted_proxies must be a number from 0 to 16",
            "cors_allowed_origins must be * or origins like https://example.com, separated by commas",
        ]
    );
}

#[test]
fn all_problems_are_reported_at_once_without_a_value() {
    assert_eq!(
        problems(&[("auth", "banana"), ("docs_enabled", "perhaps")]),
        ["auth must be api_key or jwt or api_key,jwt or none", "docs_enabled must be true or false"]
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
fn a_port_has_no_sign_and_no_leading_zeros() {
    for port in ["+5432", "05432", "0", "65536", ""] {
        let expected = ["pgport must be a port from 1 to 65535"];
        assert_eq!(problems(&[("database", "postgres"), ("pgport", port)]), expected, "{port}");
    }
}

#[test]
fn a_newline_at_the_end_of_a_setting_is_trimmed() {
    let config = |changes: &[_]| format!("{:?}", read(&[&[("database", "postgres")], changes].concat()).unwrap());
    for (name, value) in settings() {
        for newline in ["\n", "\r\n", "\n\n"] {
            let with_newline = &*format!("{value}{newline}").leak();
            if name != "database" {
                assert_eq!(config(&[(name, with_newline)]), config(&[]), "{name}");
            }
        }
    }
    let Database::Postgres(postgres) =
        read(&[("database", "postgres\n"), ("pgpassword", " a\nb \n")]).unwrap().database
    else {
        panic!("no PostgreSQL");
    };
    assert_eq!(postgres.password.0, " a\nb ", "what else is in a setting stays");
}

#[test]
fn a_postgres_host_is_one_name_or_address() {
    let host = |host| match read(&[("database", "postgres"), ("pghost", host)]).unwrap().database {
        Database::Postgres(settings) => settings.host,
        Database::Sqlite => panic!("no PostgreSQL"),
    };
    for name in ["db", "DB-1.example.", "mini_api-db", "10.0.0.1"] {
        assert_eq!(host(name), PostgresHost::Name(name.into()));
    }
    for text in ["[::1]", "[0:0:0:0:0:0:0:1]"] {
        assert_eq!(host(text), PostgresHost::Ipv6("::1".parse().unwrap()));
    }
    let form = "must be a name, an IPv4 address, or an IPv6 address in brackets as in [::1]";
    for (text, problem) in [
        ("", "must not be empty"),
        ("::1", "must have brackets around an IPv6 address, as in [::1]"),
        ("a,b", "must be one host, not a list: put a proxy or a name in front of several"),
        ("/run/postgresql", "must be a host, not the path of a Unix socket, which a component can't reach"),
        ("@socket", "must be a host, not the path of a Unix socket, which a component can't reach"),
        ("[fe80::1%eth0]", form),
        ("[10.0.0.1]", form),
        ("db:5432", form),
        ("a b", form),
        ("postgres://db", form),
    ] {
        let expected = [format!("pghost {problem}")];
        assert_eq!(problems(&[("database", "postgres"), ("pghost", text)]), expected, "{text}");
    }
}

#[test]
fn the_settings_of_postgres_show_no_password() {
    let config = read(&[("database", "postgres")]).unwrap();
    assert!(!format!("{config:?}").contains("planted-secret"), "{config:?}");
}

#[test]
fn a_variable_that_the_manifest_lacks_is_a_problem() {
    let problems = read_from(HashMap::new()).unwrap_err();
    let named: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
    assert!(["app_env", "api_key", "database"].iter().all(|name| named.contains(name)), "{named:?}");
}

#[test]
fn each_component_reads_every_setting_that_it_gets() {
    let mut all = settings();
    all.extend([("auth", "jwt"), ("jwt_issuer", "i"), ("jwt_audience", "a"), ("jwt_jwks", JWKS)]);
    all.extend([("database", "postgres")]);
    let declared = || GROUPS.iter().flat_map(|group| group.settings);
    for setting in declared() {
        let mut map = all.clone();
        map.remove(setting.name);
        let expected = vec![format!("{} is not defined for this component", setting.name)];
        let found: Vec<_> = read_from(map).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }
    let common = || declared().filter(|setting| setting.is_for_docs_ui).map(|setting| (setting.name, setting.default));
    assert!(CommonSettings::read(variables(common().collect())).is_ok());
    for (name, _) in common() {
        let map = common().filter(|(other, _)| *other != name).collect();
        assert_eq!(CommonSettings::read(variables(map)).unwrap_err().len(), 1, "{name}");
    }
}

#[test]
fn no_setting_is_declared_twice() {
    let mut names = BTreeSet::new();
    for setting in GROUPS.iter().flat_map(|group| group.settings) {
        assert!(names.insert(setting.name), "{}", setting.name);
    }
}

#[test]
fn docs_ui_gets_no_secret() {
    for setting in GROUPS.iter().flat_map(|group| group.settings) {
        assert!(!(setting.is_secret && setting.is_for_docs_ui), "{}", setting.name);
    }
}
