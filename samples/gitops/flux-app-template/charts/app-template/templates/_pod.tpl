{{/* {root, id, values}: the pod of a controller, as YAML. */}}
{{- define "app.pod" -}}
{{- $root := .root -}}
{{- $id := .id -}}
{{- $options := dict -}}
{{- range $some := list $root.Values.defaultPodOptions .values.pod -}}
  {{- range $option, $value := $some -}}
    {{- $_ := set $options $option $value -}}
  {{- end -}}
{{- end -}}
{{- $pod := pick $options "automountServiceAccountToken" "enableServiceLinks" "hostNetwork" "hostPID" -}}
{{- $_ := set $pod "serviceAccountName" (include "app.account" .) -}}
{{- $_ := set $pod "dnsPolicy" ($options.dnsPolicy | default (ternary "ClusterFirstWithHostNet" "ClusterFirst" $options.hostNetwork)) -}}
{{- range $field := list "affinity" "imagePullSecrets" "nodeSelector" "priorityClassName" "securityContext" "terminationGracePeriodSeconds" "tolerations" -}}
  {{- with get $options $field -}}
    {{- $_ := set $pod $field . -}}
  {{- end -}}
{{- end -}}
{{- range $field := list "initContainers" "containers" -}}
  {{- $all := list -}}
  {{- $some := include "app.enabled" (get $.values $field | default dict) | fromYaml -}}
  {{- range $name := include "app.ordered" $some | fromYamlArray -}}
    {{- $all = append $all (include "app.container" (dict "root" $root "controller" $id "id" $name "values" (get $some $name)) | fromYaml) -}}
  {{- end -}}
  {{- with $all -}}
    {{- $_ := set $pod $field . -}}
  {{- end -}}
{{- end -}}
{{- with include "app.volumes" . | fromYamlArray -}}
  {{- $_ := set $pod "volumes" . -}}
{{- end -}}
{{- toYaml $pod -}}
{{- end -}}

{{/* The account that the controller names; else the only one there is. */}}
{{- define "app.account" -}}
{{- $all := include "app.enabled" .root.Values.serviceAccount | fromYaml -}}
{{- $wanted := dig "serviceAccount" "identifier" "" .values -}}
{{- if and (not $wanted) (eq (len $all) 1) -}}
  {{- $wanted = keys $all | first -}}
{{- end -}}
{{- if not $wanted -}}
default
{{- else -}}
  {{- include "app.name" (dict "root" .root "id" $wanted "all" $all) -}}
{{- end -}}
{{- end -}}

{{/* {root, id}: the volumes that a container of this controller mounts, or may mount. */}}
{{- define "app.volumes" -}}
{{- $root := .root -}}
{{- $id := .id -}}
{{- $maps := include "app.enabled" $root.Values.configMaps | fromYaml -}}
{{- $all := list -}}
{{- range $name, $values := include "app.enabled" $root.Values.persistence | fromYaml -}}
  {{- if or $values.globalMounts (not $values.advancedMounts) (dig $id false ($values.advancedMounts | default dict)) -}}
    {{- $source := dict -}}
    {{- if eq $values.type "hostPath" -}}
      {{- $source = dict "path" (required (printf "%s has no hostPath" $name) $values.hostPath) -}}
      {{- with $values.hostPathType -}}
        {{- $_ := set $source "type" . -}}
      {{- end -}}
    {{- else if eq $values.type "configMap" -}}
      {{- $called := $values.name | default (include "app.name" (dict "root" $root "id" (toString $values.identifier) "all" $maps)) -}}
      {{- $source = merge (dict "name" $called) (pick $values "items" "defaultMode") -}}
    {{- else if eq $values.type "emptyDir" -}}
      {{- $source = pick $values "medium" "sizeLimit" -}}
    {{- else -}}
      {{- fail (printf "persistence.%s: type %v is not known" $name $values.type) -}}
    {{- end -}}
    {{- $all = append $all (dict "name" $name $values.type $source) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* A pod is replaced when a ConfigMap of the release changes. */}}
{{- define "app.checksum" -}}
{{- $found := dict -}}
{{- range $id, $values := include "app.enabled" .Values.configMaps | fromYaml -}}
  {{- if dig "includeInChecksum" true $values -}}
    {{- $_ := set $found $id (toYaml $values.data | sha256sum) -}}
  {{- end -}}
{{- end -}}
{{- with $found -}}
checksum/configMaps: {{ toYaml . | sha256sum }}
{{- end -}}
{{- end -}}
