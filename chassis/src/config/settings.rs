//! The settings that every API keeps; `component/src/settings.rs` has those of this API alone.
//!
//! After a change run `hack/generate`.

crate::settings! {
    "The service" {
        /// The name of the environment. `GET /` shows it. Only in `development` may a key be short and the database
        /// be `sqlite`.
        APP_ENV = ("app_env", "development", is_required);
        /// The name of the pod or machine. `GET /` shows it, or `unknown`.
        APP_HOSTNAME = ("app_hostname", "", is_by_hand);
        /// `false` makes `/docs`, `/redoc`, `/openapi.json` and `/openapi.yaml` 404.
        DOCS_ENABLED = ("docs_enabled", "true", is_for_docs_ui);
        /// `error`, `warn`, `info` or `debug`. Probes are logged at `debug`.
        LOG_LEVEL = ("log_level", "info", is_for_docs_ui);
        /// `json` for machines, `text` for people.
        LOG_FORMAT = ("log_format", "json", is_for_docs_ui);
        /// `off` counts nothing, and `GET /metrics` is 404.
        METRICS = ("metrics", "on");
        /// The number of requests that the runtime gives an instance. If you lower it with the runtime's flag of that
        /// name, lower it here too, or counts are lost.
        MAX_INSTANCE_REUSE_COUNT = ("max_instance_reuse_count", "128", is_by_hand);
        /// How long a request may take, 1s to 5m. After that it is 504, or 408 if the client has not sent the body by
        /// then.
        REQUEST_TIMEOUT = ("request_timeout", "10s");
    }

    "Access" {
        /// `api_key`, `jwt`, or `api_key,jwt`. `none` opens the API to everybody, and `GET /readiness` warns of it.
        AUTH = ("auth", "api_key", is_required, is_for_docs_ui);
        /// Entries separated by commas, so that you can replace a key without a gap. An entry is a key of 16 characters
        /// or more (less only where `app_env` is `development`), or `name:sha256-hex`, or
        /// `name:sha256-hex:scope+scope`. `hack/new-key` makes keys and entries. Entries of one name are keys of one
        /// caller and need the same scopes; each key may be there once. Without an entry nobody gets in by a key: with
        /// `auth = api_key` protected routes are 503, with `api_key,jwt` the API accepts only tokens.
        API_KEY = ("api_key", "", is_secret, is_by_hand);
        /// The `iss` that a token must have.
        JWT_ISSUER = ("jwt_issuer", "");
        /// The `aud` that a token must have.
        JWT_AUDIENCE = ("jwt_audience", "");
        /// The URL of the issuer's keys, a JWK set.
        JWT_JWKS_URL = ("jwt_jwks_url", "");
        /// The start of `jwt_jwks_url`, up to the path: the host from which the component may fetch the keys. It can't
        /// be empty.
        JWT_JWKS_ORIGIN = ("jwt_jwks_origin", "https://none.invalid");
        /// The JWK set itself, instead of the URL. Of either set the API takes RSA keys of 2048 to 4096 bits whose
        /// exponent is an odd number from 65537 to 2^33 − 1 (RS256), P-256 keys (ES256) and Ed25519 keys (EdDSA,
        /// Ed25519). It ignores the others.
        JWT_JWKS = ("jwt_jwks", "");
        /// The origins whose pages may read the responses: `*`, or `https://example.com,https://other.example`.
        CORS_ALLOWED_ORIGINS = ("cors_allowed_origins", "", is_for_docs_ui);
        /// The number of proxies in front of the API that add to `X-Forwarded-For`, 0 to 16. The API believes what they
        /// say of the client's address and of TLS.
        TRUSTED_PROXIES = ("trusted_proxies", "0", is_for_docs_ui);
    }

    "Limits and cache" {
        /// Requests and time, as in `100/60s`, for each caller (a named key, a key or a token), and for each address:
        /// [operations.md](operations.md#limits-and-the-cache) says what counts where. Empty is off.
        RATE_LIMIT = ("rate_limit", "");
        /// Other limits for keys that have a name, as in `ci=1000/60s,batch=10/1s`.
        RATE_LIMIT_OVERRIDES = ("rate_limit_overrides", "");
        /// What happens while the limiter is unavailable: `open` lets requests pass, `closed` responds 503.
        RATE_LIMIT_ON_ERROR = ("rate_limit_on_error", "open");
        /// `redis://host:port`, or `rediss` for TLS: where replicas count together, and keep what `cache_ttl` is for.
        /// The default is none, and each pod counts in its own SQLite file. It can't be empty.
        REDIS_ADDRESS = ("redis_address", "redis://none.invalid:6379");
        /// The password for Redis.
        REDIS_PASSWORD = ("redis_password", "", is_secret, is_by_hand);
        /// How long an entry is kept in Redis, 1s to 24h, as in `30s`. Empty is off. It needs `database = postgres`,
        /// because each pod has a SQLite file of its own.
        CACHE_TTL = ("cache_ttl", "");
    }

    "Database" {
        /// `postgres` for a server that all replicas share, `sqlite` for a file in the runtime's state directory. Where
        /// `app_env` is not `development`, the file needs the word `persistent-sqlite`: you say that the directory
        /// outlives the process, as on a volume, and that there is one replica.
        DATABASE = ("database", "sqlite", is_required);
        /// The server: one name, IPv4 address, or IPv6 address in brackets as in `[::1]`. TLS needs a name in place of
        /// an IPv6 address.
        PGHOST = ("pghost", "localhost", is_required);
        /// The server's port.
        PGPORT = ("pgport", "5432", is_required);
        /// The role.
        PGUSER = ("pguser", "mini_api", is_required);
        /// The role's password.
        PGPASSWORD = ("pgpassword", "", is_secret, is_by_hand);
        /// The name of the database.
        PGDATABASE = ("pgdatabase", "mini_api", is_required);
        /// `disable`, `prefer` or `require`. Spin checks the server's certificate wherever the connection is
        /// encrypted, with `prefer` too.
        PGSSLMODE = ("pgsslmode", "prefer", is_required);
        /// The certificate of the authority that signed the server's, as PEM text.
        PG_CA_ROOT = ("pg_ca_root", "", is_by_hand);
    }
}
