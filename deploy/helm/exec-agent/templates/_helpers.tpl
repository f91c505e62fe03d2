{{- define "exec-agent.name" -}}
{{- if contains "exec-agent" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-exec-agent" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "exec-agent.pods" -}}
{{- .Values.pods.namespace | default (printf "%s-pods" (include "exec-agent.name" .)) -}}
{{- end }}

{{- define "exec-agent.account" -}}
{{- .Values.serviceAccount.name | default (include "exec-agent.name" .) -}}
{{- end }}

{{- define "exec-agent.key" -}}
{{- include "exec-agent.name" . -}}-key
{{- end }}

{{/* One reference for the agents and for the pods, so that both are of one version. */}}
{{- define "exec-agent.image" -}}
{{- with .Values.image -}}
{{- .repository -}}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "exec-agent.labels" -}}
app.kubernetes.io/name: exec-agent
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- if not .Values.createNamespace }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}
{{- end }}

{{/* The text of a setting as its variable has it: lists with commas, maps as pairs. */}}
{{- define "exec-agent.text" -}}
{{- if kindIs "slice" . -}}
{{- join "," . -}}
{{- else if kindIs "map" . -}}
{{- $pairs := list -}}
{{- range $key, $value := . }}{{ $pairs = append $pairs (printf "%s=%s" $key (include "exec-agent.text" $value)) }}{{ end -}}
{{- join "," $pairs -}}
{{- else if kindIs "string" . -}}
{{- . -}}
{{- else -}}
{{- toJson . -}}
{{- end -}}
{{- end }}

{{/* What the chart sets by itself; extraEnv takes precedence. */}}
{{- define "exec-agent.env" -}}
{{- $own := list
  (dict "name" "EXEC_RUNTIME" "value" "kubernetes")
  (dict "name" "EXEC_KUBE_NAMESPACE" "value" (include "exec-agent.pods" .))
  (dict "name" "EXEC_KUBE_IMAGE" "value" (include "exec-agent.image" .))
  (dict "name" "EXEC_KUBE_ISOLATION" "value" .Values.pods.isolation)
  (dict "name" "EXEC_DATA_DIR" "value" "/var/lib/exec-agent/data")
  (dict "name" "HOME" "value" "/tmp")
-}}
{{- if .Values.trial }}{{ $own = append $own (dict "name" "REDIS_URL" "value" (printf "redis://%s-redis:6379" (include "exec-agent.name" .))) }}{{ end -}}
{{- if .Values.http.exposed }}{{ $own = append $own (dict "name" "EXEC_HTTP_HOST" "value" "0.0.0.0") }}{{ end -}}
{{- if .Values.policy }}{{ $own = append $own (dict "name" "EXEC_POLICY_FILE" "value" "/etc/exec-agent/files/policy.yaml") }}{{ end -}}
{{- if .Values.registries }}{{ $own = append $own (dict "name" "EXEC_REGISTRIES_FILE" "value" "/etc/exec-agent/files/registries.yaml") }}{{ end -}}
{{- if .Values.secrets.existingSecret }}{{ $own = append $own (dict "name" "EXEC_SECRETS_DIR" "value" "/etc/exec-agent/secrets") }}{{ end -}}
{{- $replaced := list -}}
{{- range .Values.extraEnv }}{{ $replaced = append $replaced .name }}{{ end -}}
{{- range $own }}{{ if not (has .name $replaced) }}
- {{ toJson . }}
{{- end }}{{ end -}}
{{- range .Values.extraEnv }}
- {{ toJson . }}
{{- end -}}
{{- end }}

{{- define "exec-agent.envFrom" -}}
- configMapRef: { name: {{ include "exec-agent.name" . | quote }} }
{{- if .Values.key.create }}
- secretRef: { name: {{ include "exec-agent.key" . | quote }} }
{{- end }}
{{- with .Values.existingSecret }}
# REDIS_URL, EXEC_KUBE_KEY, MINIO_ACCESS_KEY, MINIO_SECRET_KEY and other variables that are secret.
- secretRef: { name: {{ . | quote }} }
{{- end }}
{{- with .Values.extraEnvFrom }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "exec-agent.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
fsGroup: 65534
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "exec-agent.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Refuses values that cannot work together; what one value alone may be is in values.schema.json. */}}
{{- define "exec-agent.check" -}}
{{- if not .Values.image.repository }}{{ fail "image.repository: set it to the image of Exec Agent in a registry that the nodes can pull from, such as registry.example.com/exec-agent" }}{{ end -}}
{{- if and .Values.trial (gt (int .Values.replicas) 1) }}{{ fail "replicas: a trial has one agent, because its object store is a directory of that agent. Set replicas to 1, or trial to false" }}{{ end -}}
{{- if and (not .Values.trial) (not .Values.existingSecret) }}{{ fail "existingSecret: name a Secret in the namespace of the release with REDIS_URL in it, or set trial to true" }}{{ end -}}
{{- if and (not .Values.trial) (gt (int .Values.replicas) 1) (not .Values.settings.MINIO_ENDPOINT) }}{{ fail "settings.MINIO_ENDPOINT: several agents need an object store that they share. Set it to an S3 store, or replicas to 1" }}{{ end -}}
{{- if and .Values.http.ingress.enabled (not .Values.http.exposed) }}{{ fail "http.ingress.enabled: the ingress needs http.exposed" }}{{ end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.http.exposed) }}{{ fail "metrics.serviceMonitor.enabled: Prometheus reaches agents over HTTP, so it needs http.exposed" }}{{ end -}}
{{- end }}
