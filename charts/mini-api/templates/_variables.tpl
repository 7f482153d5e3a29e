{{/* The variables of spin.toml that the ConfigMap may set. */}}
{{- define "mini-api.variables" -}}
auth
jwt_issuer
jwt_audience
jwt_jwks_origin
jwt_jwks_url
jwt_jwks
rate_limit
rate_limit_overrides
rate_limit_on_error
trusted_proxies
redis_address
cache_ttl
cors_allowed_origins
request_timeout
app_env
database
pghost
pgport
pguser
pgdatabase
pgsslmode
log_level
log_format
metrics
seed_demo_data
docs_enabled
{{- end -}}
