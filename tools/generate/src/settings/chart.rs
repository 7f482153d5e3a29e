//! The variables of the chart's SpinApp, and the part of the values' schema that lists settings.

use chassis::config::{Group, Setting};
use serde_json::{Map, json};

use super::{doc, each, key, kubernetes};
use crate::Result;

/// Start of the generated part of the schema.
const DEFINITIONS: &str = "\n  \"definitions\": ";

pub(super) fn variables(_: &str, groups: &[Group]) -> Result<String> {
    let head = r#"{{/* Written by hack/generate. */}}
{{- define "mini-api.variables" -}}
{{- $configMap := include "mini-api.configMap" . | quote -}}
{{- $secret := include "mini-api.secret" . | quote -}}
"#;
    let lines = kubernetes::variables(groups, "{{ $configMap }}", "{{ $secret }}");
    Ok(format!("{head}{}\n{{{{- end -}}}}\n", lines.join("\n")))
}

/// Replaces the definitions, which are the last key.
pub(super) fn schema(current: &str, groups: &[Group]) -> Result<String> {
    let (kept, _) = current.split_once(DEFINITIONS).ok_or("no \"definitions\" at the end")?;
    let settings = each(groups).filter(|setting| !setting.is_by_hand);
    let (secrets, plain): (Vec<&Setting>, Vec<&Setting>) = settings.partition(|setting| setting.is_secret);
    let secrets: Vec<_> = secrets.into_iter().map(key).collect();
    let properties: Map<_, _> = plain
        .iter()
        .map(|setting| (key(setting), json!({"description": doc(setting), "$ref": "#/definitions/setting"})))
        .collect();
    let definitions = json!({
        // A draft-07 enum can't be empty.
        "secretNames": { "pattern": format!("^({})$", secrets.join("|")) },
        "setting": {
            "$comment": "Helm prints the const of a value that is no string. \
                Numbers from 1000000 on would become 1e+06, and off false.",
            "anyOf": [{ "type": "string" }, { "const": "a string: quote it, or use --set-string" }],
        },
        "settings": {
            "$comment": "Written by hack/generate.",
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
        },
    });
    let definitions = serde_json::to_string_pretty(&definitions)?.replace('\n', "\n  ");
    Ok(format!("{kept}{DEFINITIONS}{definitions}\n}}\n"))
}
