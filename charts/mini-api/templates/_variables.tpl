{{/* Written by hack/generate. */}}
{{- define "mini-api.variables" -}}
{{- $configMap := include "mini-api.configMap" . | quote -}}
{{- $secret := include "mini-api.secret" . | quote -}}
- name: app_env
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: APP_ENV } }
- name: docs_enabled
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: DOCS_ENABLED, optional: true } }
- name: log_level
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: LOG_LEVEL, optional: true } }
- name: log_format
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: LOG_FORMAT, optional: true } }
- name: metrics
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: METRICS, optional: true } }
- name: request_timeout
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: REQUEST_TIMEOUT, optional: true } }
- name: auth
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: AUTH } }
- name: jwt_issuer
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: JWT_ISSUER, optional: true } }
- name: jwt_audience
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: JWT_AUDIENCE, optional: true } }
- name: jwt_jwks_url
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: JWT_JWKS_URL, optional: true } }
- name: jwt_jwks_origin
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: JWT_JWKS_ORIGIN, optional: true } }
- name: jwt_jwks
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: JWT_JWKS, optional: true } }
- name: cors_allowed_origins
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: CORS_ALLOWED_ORIGINS, optional: true } }
- name: trusted_proxies
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: TRUSTED_PROXIES, optional: true } }
- name: rate_limit
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: RATE_LIMIT, optional: true } }
- name: rate_limit_overrides
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: RATE_LIMIT_OVERRIDES, optional: true } }
- name: rate_limit_on_error
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: RATE_LIMIT_ON_ERROR, optional: true } }
- name: redis_address
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: REDIS_ADDRESS, optional: true } }
- name: cache_ttl
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: CACHE_TTL, optional: true } }
- name: database
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: DATABASE } }
- name: pghost
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: PGHOST } }
- name: pgport
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: PGPORT } }
- name: pguser
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: PGUSER } }
- name: pgdatabase
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: PGDATABASE } }
- name: pgsslmode
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: PGSSLMODE } }
- name: seed_demo_data
  valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: SEED_DEMO_DATA, optional: true } }
{{- end -}}
