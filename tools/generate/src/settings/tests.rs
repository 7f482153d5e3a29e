//! A setting that is declared reaches every file.

use std::fs;

use super::*;

const NEW: Group = Group {
    heading: "New",
    settings: &[
        Setting { doc: " What a new setting | is for.", ..Setting::new("new_plain", "a \"b\"") },
        Setting { doc: " What a pod needs.", is_required: true, ..Setting::new("new_required", "") },
        Setting { doc: " A new secret.", is_secret: true, ..Setting::new("new_secret", "") },
    ],
};

/// The text of a file with two more settings.
fn with_new(path: &str) -> String {
    let (_, write) = FILES.iter().find(|(known, _)| *known == path).unwrap();
    let current = fs::read_to_string(crate::root().join(path)).unwrap();
    write(&current, &[api::settings::all(), vec![NEW]].concat()).unwrap()
}

#[test]
fn a_new_setting_reaches_every_file() {
    for (path, _) in FILES {
        let text = with_new(path).to_lowercase();
        assert!(text.contains("new_plain") && text.contains("new_secret"), "{path}:\n{text}");
    }
}

#[test]
fn each_file_has_a_new_setting_in_its_own_form() {
    for (path, lines) in [
        ("spin.toml", r#"new_plain = { default = "a \"b\"" }"#),
        ("spin.toml", r#"new_secret = { default = "", secret = true }"#),
        ("spin.toml", r#"new_secret={{ new_secret }}\u001f"#),
        ("docs/settings.md", "| `new_plain` | `a \"b\"` | What a new setting \\| is for. |"),
        ("docs/settings.md", "| `new_secret` | none | A secret. A new secret. |"),
        (
            "k8s/base/spin-app.yaml",
            "    - name: new_plain\n      \
            valueFrom: { configMapKeyRef: { name: mini-api, key: NEW_PLAIN, optional: true } }\n",
        ),
        (
            "k8s/base/spin-app.yaml",
            "    - name: new_required\n      \
            valueFrom: { configMapKeyRef: { name: mini-api, key: NEW_REQUIRED } }\n",
        ),
        (
            "k8s/base/spin-app.yaml",
            "    - name: new_secret\n      \
            valueFrom: { secretKeyRef: { name: mini-api, key: NEW_SECRET, optional: true } }\n",
        ),
        (
            "charts/mini-api/templates/_variables.tpl",
            "- name: new_plain\n  \
            valueFrom: { configMapKeyRef: { name: {{ $configMap }}, key: NEW_PLAIN, optional: true } }\n",
        ),
        ("compose.yaml", "\n      SPIN_VARIABLE_NEW_PLAIN:\n"),
    ] {
        assert!(with_new(path).contains(lines), "{path} lacks {lines}");
    }
    let schema: serde_json::Value = serde_json::from_str(&with_new("charts/mini-api/values.schema.json")).unwrap();
    let definitions = &schema["definitions"];
    assert_eq!(definitions["settings"]["properties"]["NEW_PLAIN"]["$ref"], "#/definitions/setting");
    assert_eq!(definitions["secretNames"]["pattern"], "^(NEW_SECRET)$");
}

#[test]
fn compose_lists_no_setting_twice() {
    let text = with_new("compose.yaml");
    for setting in each(&api::settings::all()) {
        let count = text.matches(&format!("SPIN_VARIABLE_{}:", key(setting))).count();
        assert!(count == 1 || count == 0 && setting.is_by_hand, "{}: {count}", setting.name);
    }
}
