{{/* {root, controller, id, values}: one container, as YAML. */}}
{{- define "app.container" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $image := required (printf "container %s has no image" .id) $values.image -}}
{{- $it := dict "name" .id "image" (printf "%s:%s" $image.repository (toString $image.tag)) -}}
{{- with $image.pullPolicy -}}
  {{- $_ := set $it "imagePullPolicy" . -}}
{{- end -}}
{{- range $field := list "command" "args" -}}
  {{- with get $values $field -}}
    {{- $_ := set $it $field (kindIs "string" . | ternary (list .) .) -}}
  {{- end -}}
{{- end -}}
{{- range $field := list "workingDir" "securityContext" "lifecycle" "terminationMessagePath" "terminationMessagePolicy" "resources" -}}
  {{- with get $values $field -}}
    {{- $_ := set $it $field . -}}
  {{- end -}}
{{- end -}}
{{- with include "app.env" (dict "root" $root "env" $values.env) | fromYamlArray -}}
  {{- $_ := set $it "env" . -}}
{{- end -}}
{{- with include "app.mounts" . | fromYamlArray -}}
  {{- $_ := set $it "volumeMounts" . -}}
{{- end -}}
{{- toYaml $it -}}
{{- end -}}

{{/* {root, env}: a map of names, with dependsOn, or a list of {name, ...}; texts are templates. */}}
{{- define "app.env" -}}
{{- $root := .root -}}
{{- $all := list -}}
{{- $given := list -}}
{{- if kindIs "slice" .env -}}
  {{- $given = .env -}}
{{- else -}}
  {{- range $name := include "app.ordered" (.env | default dict) | fromYamlArray -}}
    {{- $value := get $.env $name -}}
    {{- $given = append $given (merge (dict "name" $name) (kindIs "map" $value | ternary $value (dict "value" $value))) -}}
  {{- end -}}
{{- end -}}
{{- range $it := $given -}}
  {{- $value := omit $it "name" "dependsOn" -}}
  {{- if hasKey $value "value" -}}
    {{- $all = append $all (dict "name" $it.name "value" (tpl (toString $value.value) $root)) -}}
  {{- else -}}
    {{- $all = append $all (dict "name" $it.name "valueFrom" (dig "valueFrom" $value $value)) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* {root, controller, id}: the mounts of every volume in this container. */}}
{{- define "app.mounts" -}}
{{- $here := . -}}
{{- $all := list -}}
{{- range $volume, $values := include "app.enabled" .root.Values.persistence | fromYaml -}}
  {{- $mounts := concat ($values.globalMounts | default list) (dig $here.controller $here.id list ($values.advancedMounts | default dict)) -}}
  {{- if not (or $values.globalMounts $values.advancedMounts) -}}
    {{- $mounts = list dict -}}
  {{- end -}}
  {{- range $mount := $mounts -}}
    {{- $place := $mount.path | default (eq $values.type "hostPath" | ternary $values.hostPath (printf "/%s" $volume)) -}}
    {{- $it := dict "name" $volume "mountPath" $place -}}
    {{- range $field := list "subPath" "readOnly" "mountPropagation" -}}
      {{- with get $mount $field -}}
        {{- $_ := set $it $field . -}}
      {{- end -}}
    {{- end -}}
    {{- $all = append $all $it -}}
  {{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}
