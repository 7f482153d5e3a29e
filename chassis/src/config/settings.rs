//! The settings that every API keeps; `component/src/settings.rs` has those of this API alone.
//!
//! After a change run `hack/generate`.

use super::Setting;

crate::settings! {
    "The service" {
        /// The name of the environment. `GET /` shows it. Only in `development` may a key be short and the database
        /// be `sqlite`.
        APP_ENV = Setting::new("app_env", "development").required();
        /// The name of the pod or machine. `GET /` shows it, or `unknown`.
        APP_HOSTNAME = Setting::new("app_hostname", "").by_hand();
        /// `false` makes `/docs`, `/redoc`, `/openapi.json` and `/openapi.yaml` 404.
        DOCS_ENABLED = Setting::new("docs_enabled", "true").for_docs_ui();
        /// `error`, `warn`, `info` or `debug`. Probes are logged at `debug`.
        LOG_LEVEL = Setting::new("log_level", "info").for_docs_ui();
        /// `json` for machines, `text` for people.
        LOG_FORMAT = Setting::new("log_format", "json").for_docs_ui();
        /// `off` counts nothing, and `GET /metrics` is 404.
        METRICS = Setting::new("metrics", "on");
        /// The number of requests that the runtime gives an instance. If you lower it with the runtime's flag of that
        /// name, lower it here too, or counts are lost.
        MAX_INSTANCE_REUSE_COUNT = Setting::new("max_instance_reuse_count", "128").by_hand();
        /// How long a request may take, 1s to 5m. After that it is 504, or 408 if the client has not sent the body by
        /// then.
        REQUEST_TIMEOUT = Setting::new("request_timeout", "10s");
    }

    "Access" {
        /// `api_key`, `jwt`, or `api_key,jwt`. `none` opens the API to everybody, and `GET /readiness` warns of it.
        AUTH = Setting::new("auth", "api_key").required();
        /// Entries separated by commas, so that you can replace a key without a gap. An entry is a key of 16 characters
        /// or more (less only where `app_env` is `development`), or `name:sha256-hex`, or
        /// `name:sha256-hex:scope+scope`. `hack/new-key` makes keys and entries. Entries of one name are keys of one
        /// caller and need the same scopes; each key may be there once. Without an entry nobody gets in by a key: with
        /// `auth = api_key` protected routes are 503, with `api_key,jwt` the API accepts only tokens.
        API_KEY = Setting::new("api_key", "").secret().by_hand();
        /// The `iss` that a token must have.
        JWT_ISSUER = Setting::new("jwt_issuer", "");
        /// The `aud` that a token must have.
        JWT_AUDIENCE = Setting::new("jwt_audience", "");
        /// The URL of the issuer's keys, a JWK set.
        JWT_JWKS_URL = Setting::new("jwt_jwks_url", "");
        /// The start of `jwt_jwks_url`, up to the path: the host from which the component may fetch the keys. It can't
        /// be empty.
        JWT_JWKS_ORIGIN = Setting::new("jwt_jwks_origin", "https://none.invalid");
        /// The JWK set itself, instead of the URL. Of either set the API takes RSA keys of 2048 to 4096 bits whose
        /// exponent is an odd number from 65537 to 2^33 − 1 (RS256), P-256 keys (ES256) and Ed25519 keys (EdDSA,
        /// Ed25519). It ignores the others.
        JWT_JWKS = Setting::new("jwt_jwks", "");
        /// The origins whose pages may read the responses: `*`, or `https://example.com,https://other.example`.
        CORS_ALLOWED_ORIGINS = Setting::new("cors_allowed_origins", "").for_docs_ui();
        /// The number of proxies in front of the API that add to `X-Forwarded-For`, 0 to 16. The API believes what they
        /// say of the client's address and of TLS.
        TRUSTED_PROXIES = Setting::new("trusted_proxies", "0").for_docs_ui();
    }

    "Limits and cache" {
        /// Requests and time, as in `100/60s`, for each caller (a named key, a key or a token), and for each address:
        /// [operations.md](operations.md#limits-and-the-cache) says what counts where. Empty is off.
        RATE_LIMIT = Setting::new("rate_limit", "");
        /// Other limits for keys that have a name, as in `ci=1000/60s,batch=10/1s`.
        RATE_LIMIT_OVERRIDES = Setting::new("rate_limit_overrides", "");
        /// What happens while the limiter is unavailable: `open` lets requests pass, `closed` responds 503.
        RATE_LIMIT_ON_ERROR = Setting::new("rate_limit_on_error", "open");
        /// `redis://host:port`, or `rediss` for TLS: where replicas count together, and keep what `cache_ttl` is for.
        /// The default is none, and each pod counts in its own SQLite file. It can't be empty.
        REDIS_ADDRESS = Setting::new("redis_address", "redis://none.invalid:6379");
        /// The password for Redis.
        REDIS_PASSWORD = Setting::new("redis_password", "").secret().by_hand();
        /// How long an entry is kept in Redis, 1s to 24h, as in `30s`. Empty is off. It needs `database = postgres`,
        /// because each pod has a SQLite file of its own.
        CACHE_TTL = Setting::new("cache_ttl", "");
    }

    "Database" {
        /// `postgres` for a server that all replicas share, `sqlite` for a file in the runtime's state directory. Where
        /// `app_env` is not `development`, the file needs the word `persistent-sqlite`: you say that the directory
        /// outlives the process, as on a volume, and that there is one replica.
        DATABASE = Setting::new("database", "sqlite").required();
        /// The server: one name, IPv4 address, or IPv6 address in brackets as in `[::1]`. TLS needs a name in place of
        /// an IPv6 address.
        PGHOST = Setting::new("pghost", "localhost").required();
        /// The server's port.
        PGPORT = Setting::new("pgport", "5432").required();
        /// The role.
        PGUSER = Setting::new("pguser", "mini_api").required();
        /// The role's password.
        PGPASSWORD = Setting::new("pgpassword", "").secret().by_hand();
        /// The name of the database.
        PGDATABASE = Setting::new("pgdatabase", "mini_api").required();
        /// `disable`, `prefer` or `require`. Spin checks the server's certificate wherever the connection is
        /// encrypted, with `prefer` too.
        PGSSLMODE = Setting::new("pgsslmode", "prefer").required();
        /// The certificate of the authority that signed the server's, as PEM text.
        PG_CA_ROOT = Setting::new("pg_ca_root", "").by_hand();
    }
}
