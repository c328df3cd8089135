{{/* The name of the release, or what global.fullnameOverride says. */}}
{{- define "app.fullname" -}}
{{- dig "fullnameOverride" .Release.Name .Values.global | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What is on, of a map of things that are on unless they say otherwise. As YAML. */}}
{{- define "app.enabled" -}}
{{- $on := dict -}}
{{- range $id, $thing := . -}}
  {{- $thing = default dict $thing -}}
  {{- if dig "enabled" true $thing -}}
    {{- $_ := set $on $id $thing -}}
  {{- end -}}
{{- end -}}
{{- toYaml $on -}}
{{- end -}}

{{/* The IDs of a map in the order of their names, each behind what its dependsOn names. As YAML. */}}
{{- define "app.ordered" -}}
{{- $all := . -}}
{{- $done := list -}}
{{- range $_ := $all -}}
  {{- $next := "" -}}
  {{- range $id, $thing := $all -}}
    {{- $waits := kindIs "map" $thing | ternary (dig "dependsOn" list (kindIs "map" $thing | ternary $thing dict)) list -}}
    {{- $waits = kindIs "string" $waits | ternary (list $waits) $waits -}}
    {{- range $other := $done -}}
      {{- $waits = without $waits $other -}}
    {{- end -}}
    {{- if and (not $next) (not (has $id $done)) (not $waits) -}}
      {{- $next = $id -}}
    {{- end -}}
  {{- end -}}
  {{- $done = append $done (required "dependsOn names what is not there, or goes in a circle" $next) -}}
{{- end -}}
{{- toYaml $done -}}
{{- end -}}

{{/* {root, id, all}: what forceRename says; else the release's name, with the ID where all are several. */}}
{{- define "app.name" -}}
{{- $name := include "app.fullname" .root -}}
{{- if and (gt (len .all) 1) (ne $name .id) -}}
  {{- $name = printf "%s-%s" $name .id -}}
{{- end -}}
{{- dig .id "forceRename" $name .all | lower -}}
{{- end -}}

{{- define "app.selector" -}}
app.kubernetes.io/name: {{ include "app.fullname" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/controller: {{ .id }}
{{- end -}}

{{- define "app.labels" -}}
app.kubernetes.io/name: {{ include "app.fullname" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* {root, id, all, wide}: the metadata of an object; wide is one of the whole cluster. */}}
{{- define "app.metadata" -}}
name: {{ include "app.name" . }}
{{- if not .wide }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "app.labels" .root | nindent 2 }}
  {{- with dig .id "labels" false .all }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
