{{/* The name of the SpinApp, which the Deployment, the Service and the selectors share. The operator makes it part of a
label's name, so it may have at most 52 characters. */}}
{{- define "mini-api.name" -}}
{{- $name := default .Release.Name .Values.fullnameOverride -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "%q is longer than the 52 characters that the name of a SpinApp may have" $name) -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" $name) -}}
{{- fail (printf "%q can't be the name of a Service, which starts with a letter and has letters, digits and hyphens: set fullnameOverride" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "mini-api.labels" -}}
app.kubernetes.io/name: mini-api
app.kubernetes.io/part-of: mini-api
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* The operator's label of the pods. */}}
{{- define "mini-api.selector" -}}
core.spinkube.dev/app-name: {{ include "mini-api.name" . | quote }}
{{- end -}}

{{/* The content of the ConfigMap: the required settings, overridden by those of the enabled parts, overridden by the
values. */}}
{{- define "mini-api.settings" -}}
{{- $name := include "mini-api.name" . -}}
{{- $settings := dict "APP_ENV" "production" "AUTH" "api_key" "DATABASE" "postgres" "PGHOST" "none.invalid" "PGPORT" "5432" "PGUSER" "" "PGDATABASE" "" "PGSSLMODE" "require" -}}
{{- if .Values.postgres.enabled -}}
{{- $postgres := dict "PGHOST" (printf "%s-postgres-rw" $name) "PGUSER" "mini_api" "PGDATABASE" "mini_api" -}}
{{- $settings = mergeOverwrite $settings $postgres -}}
{{- end -}}
{{- if .Values.redis.enabled -}}
{{- $settings = merge $settings (dict "REDIS_ADDRESS" (printf "redis://%s-redis:6379" $name)) -}}
{{- end -}}
{{- if or .Values.gateway.enabled .Values.ingress.enabled -}}
{{- $settings = merge $settings (dict "TRUSTED_PROXIES" "1") -}}
{{- end -}}
{{- range $key, $value := .Values.settings -}}
{{- $_ := set $settings $key $value -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{/* A changed setting or secret changes the name, which rolls the pods. */}}
{{- define "mini-api.configMap" -}}
{{ include "mini-api.name" . }}-{{ include "mini-api.settings" . | sha256sum | trunc 10 }}
{{- end -}}

{{- define "mini-api.secret" -}}
{{- if .Values.secret.existing -}}
{{ .Values.secret.existing }}
{{- else -}}
{{ include "mini-api.name" . }}-{{ toYaml .Values.secret.data | sha256sum | trunc 10 }}
{{- end -}}
{{- end -}}

{{- define "mini-api.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* An egress rule: HTTPS to everything except the cluster itself and the cloud's metadata service. */}}
{{- define "mini-api.internet" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16]
    - ipBlock:
        cidr: ::/0
        except: [fc00::/7, fe80::/10]
  ports:
    - port: 443
      protocol: TCP
{{- end -}}
