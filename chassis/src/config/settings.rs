//! The settings that every API keeps; `component/src/settings.rs` has those of this API alone.
//!
//! After a change run `hack/generate`.

/// A setting, which `hack/generate` writes into every file that lists settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub doc: &'static str,
    pub is_secret: bool,
    /// `docs-ui` gets it too.
    pub is_for_docs_ui: bool,
    /// Not in generated lists of manifests: the value comes from the pod, the runtime, or another's Secret.
    pub is_by_hand: bool,
    /// Without it in the ConfigMap a pod does not start: its default would open another database, or let anyone in.
    pub is_required: bool,
}

/// Settings of one heading of `docs/settings.md`.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub heading: &'static str,
    pub settings: &'static [Setting],
}

impl Setting {
    pub const fn new(name: &'static str, default: &'static str) -> Self {
        Self { name, default, doc: "", is_secret: false, is_for_docs_ui: false, is_by_hand: false, is_required: false }
    }
}

/// A component has no use for the text.
pub const fn doc(text: &'static str) -> &'static str {
    if cfg!(target_family = "wasm") { "" } else { text }
}

/// Declares a constant for each setting, and `GROUPS`. A doc comment is the text of `docs/settings.md`. The name and
/// the default come first, then those fields of [`Setting`] that are true.
#[macro_export]
macro_rules! settings {
    ($($heading:literal { $($(#[doc = $doc:literal])+ $constant:ident = ($name:literal, $default:literal $(, $flag:ident)*);)+ })+) => {
        $($(
            $(#[doc = $doc])+
            pub const $constant: $crate::config::Setting = $crate::config::Setting {
                doc: $crate::config::doc(concat!($($doc),+)),
                $($flag: true,)*
                ..$crate::config::Setting::new($name, $default)
            };
        )+)+

        pub const GROUPS: &[$crate::config::Group] =
            &[$($crate::config::Group { heading: $heading, settings: &[$($constant),+] }),+];
    };
}

crate::settings! {
    "The service" {
        /// The name of the environment. `GET /` shows it. Only `development` allows short keys and `database = sqlite`.
        APP_ENV = ("app_env", "development", is_required);
        /// The name of the pod or machine. `GET /` shows it, or `unknown` if it is empty.
        APP_HOSTNAME = ("app_hostname", "", is_by_hand);
        /// With `false`, `/docs`, `/redoc`, `/openapi.json` and `/openapi.yaml` respond 404.
        DOCS_ENABLED = ("docs_enabled", "true", is_for_docs_ui);
        /// The least important level that is logged: `error`, `warn`, `info` or `debug`. Probes are logged at `debug`.
        LOG_LEVEL = ("log_level", "info", is_for_docs_ui);
        /// `json` for machines, `text` for people.
        LOG_FORMAT = ("log_format", "json", is_for_docs_ui);
        /// `on` or `off`. With `off`, the API counts nothing and `GET /metrics` responds 404.
        METRICS = ("metrics", "on");
        /// The maximum number of requests that the runtime gives an instance. If you lower the runtime's flag
        /// `--max-instance-reuse-count`, set the same number here, or counts are lost.
        MAX_INSTANCE_REUSE_COUNT = ("max_instance_reuse_count", "128", is_by_hand);
        /// The maximum duration of a request, 1s to 5m. Then the API responds 504, or 408 if the client has not sent the
        /// whole body.
        REQUEST_TIMEOUT = ("request_timeout", "10s");
    }

    "Access" {
        /// The accepted credentials: `api_key`, `jwt`, or `api_key,jwt`. `none` opens the API to everybody, and
        /// `GET /readiness` warns about it.
        AUTH = ("auth", "api_key", is_required, is_for_docs_ui);
        /// Entries, separated by commas. An entry is a key of at least 16 characters (shorter only if `app_env` is
        /// `development`), or `name:sha256-hex`, or `name:sha256-hex:scope+scope`. `hack/new-key` generates keys and
        /// entries. Entries with the same name are keys of one caller and must have the same scopes. Each key may be
        /// listed once. Several entries let you replace a key without a gap. Without any entry, protected routes respond
        /// 503 if `auth = api_key`, and accept only tokens if `auth = api_key,jwt`.
        API_KEY = ("api_key", "", is_secret, is_by_hand);
        /// The required `iss` of a token.
        JWT_ISSUER = ("jwt_issuer", "");
        /// The required `aud` of a token.
        JWT_AUDIENCE = ("jwt_audience", "");
        /// The URL of the issuer's keys, a JWK set.
        JWT_JWKS_URL = ("jwt_jwks_url", "");
        /// The origin of `jwt_jwks_url`, its part before the path. The component may fetch keys only from there. It can't
        /// be empty.
        JWT_JWKS_ORIGIN = ("jwt_jwks_origin", "https://none.invalid");
        /// The JWK set itself, instead of its URL. From either set, the API uses RSA keys of 2048 to 4096 bits whose
        /// exponent is an odd number from 65537 to 2^33 − 1 (RS256), P-256 keys (ES256) and Ed25519 keys (EdDSA,
        /// Ed25519). It ignores all others.
        JWT_JWKS = ("jwt_jwks", "");
        /// The origins whose pages may read responses (CORS): `*`, or `https://example.com,https://other.example`.
        CORS_ALLOWED_ORIGINS = ("cors_allowed_origins", "", is_for_docs_ui);
        /// The number of proxies in front of the API that add to `X-Forwarded-For`, 0 to 16. The API trusts their
        /// information about the client's address and TLS.
        TRUSTED_PROXIES = ("trusted_proxies", "0", is_for_docs_ui);
    }

    "Limits and cache" {
        /// The quota of each caller and of each address, as requests and time: `100/60s`. Empty turns it off.
        /// [operations.md](operations.md#limits-and-the-cache) says which requests count where.
        RATE_LIMIT = ("rate_limit", "");
        /// Other quotas for named keys: `ci=1000/60s,batch=10/1s`.
        RATE_LIMIT_OVERRIDES = ("rate_limit_overrides", "");
        /// The behaviour while the limiter is unavailable: `open` lets requests pass, `closed` responds 503.
        RATE_LIMIT_ON_ERROR = ("rate_limit_on_error", "open");
        /// The Redis server in which replicas share rate limits and the cache: `redis://host:port`, or `rediss://` for
        /// TLS. The default means no Redis: each pod counts in its own SQLite file. It can't be empty.
        REDIS_ADDRESS = ("redis_address", "redis://none.invalid:6379");
        /// The password for Redis.
        REDIS_PASSWORD = ("redis_password", "", is_secret, is_by_hand);
        /// How long Redis keeps a cached entry, 1s to 24h: `30s`. Empty turns the cache off. It requires
        /// `database = postgres`, because each pod has its own SQLite file.
        CACHE_TTL = ("cache_ttl", "");
    }

    "Database" {
        /// `postgres` for a server that all replicas share, `sqlite` for a file in the runtime's state directory. Unless
        /// `app_env` is `development`, write `persistent-sqlite` instead of `sqlite`. It confirms that the directory
        /// outlives the process, for example on a volume, and that you run one replica.
        DATABASE = ("database", "sqlite", is_required);
        /// The server: one name, IPv4 address, or IPv6 address in brackets, such as `[::1]`. TLS requires a name instead
        /// of an IPv6 address.
        PGHOST = ("pghost", "localhost", is_required);
        /// The server's port.
        PGPORT = ("pgport", "5432", is_required);
        /// The role.
        PGUSER = ("pguser", "mini_api", is_required);
        /// The role's password.
        PGPASSWORD = ("pgpassword", "", is_secret, is_by_hand);
        /// The name of the database.
        PGDATABASE = ("pgdatabase", "mini_api", is_required);
        /// `disable`, `prefer` or `require`. Spin checks the server's certificate whenever the connection is encrypted,
        /// also with `prefer`.
        PGSSLMODE = ("pgsslmode", "prefer", is_required);
        /// The certificate of the authority that signed the server's certificate, as PEM text.
        PG_CA_ROOT = ("pg_ca_root", "", is_by_hand);
    }
}
