//! The repository contains only encrypted secrets.

use std::fs;

use black_box::repository;
use ignore::WalkBuilder;

use super::objects::fields;
use super::render;

/// The beginnings of secrets, of this project and of others.
const BEGINNINGS: [&str; 4] = ["mini_", "AGE-SECRET-KEY-1", "-----BEGIN ", "$argon2"];
/// Minimum of letters and digits after it. With fewer, it is a name and not a secret.
const LONG: usize = 32;

/// The lines of a text that look like a secret.
fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        for beginning in BEGINNINGS {
            for (at, _) in line.match_indices(beginning) {
                let rest = &line[at + beginning.len()..];
                let length = rest.chars().take_while(char::is_ascii_alphanumeric).count();
                if length >= LONG || rest.contains("PRIVATE KEY") {
                    found.push(line.to_owned());
                }
            }
        }
    }
    found
}

/// Lines of a `secrets.env` that SOPS has not encrypted.
fn plain_lines(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("sops_") && line.contains('='));
    lines.filter(|line| !line.contains("=ENC[")).collect()
}

/// Files of the manifests that git does not ignore, with their texts.
fn files() -> Vec<(String, String)> {
    let root = repository::root();
    let tops = ["k8s", "charts"].map(|top| root.join(top)).into_iter().filter(|top| top.is_dir());
    let entries = tops.flat_map(|top| WalkBuilder::new(top).hidden(false).build().map(Result::unwrap));
    let files = entries.filter(|entry| entry.path().is_file());
    files.map(|entry| (entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap())).collect()
}

#[test]
fn no_manifest_has_a_secret() {
    assert!(files().len() > 30, "{}", files().len());
    for (path, text) in files() {
        assert!(secrets(&text).is_empty(), "{path}: {:?}", secrets(&text));
        // In the chart's templates, the values come from its user.
        let has_values = !path.contains("/templates/")
            && text.contains("kind: Secret\n")
            && (text.contains("\ndata:") || text.contains("\nstringData:"));
        assert!(!has_values, "{path} has a Secret with values");
        if path.ends_with("secrets.env") {
            assert!(plain_lines(&text).is_empty(), "{path} is not encrypted");
        }
        if path.ends_with("secrets.env.example") {
            let values = plain_lines(&text).into_iter().filter(|line| !line.ends_with('='));
            assert_eq!(values.collect::<Vec<_>>(), [""; 0], "{path} contains a value");
        }
    }
}

#[test]
fn the_base_has_none() {
    let secrets: Vec<_> = render::rendered("k8s/base").of("Secret").collect();
    assert!(secrets.iter().all(|secret| fields(secret, "/data").is_empty()), "{secrets:?}");
}

#[test]
fn secrets_are_found() {
    let key = format!("API_KEY={}{}", "mini_", "0".repeat(64));
    assert_eq!(secrets(&key).len(), 1);
    assert_eq!(secrets(&format!("-----BEGIN {} KEY-----", "PRIVATE")).len(), 1);
    assert!(secrets("user: mini_api, image: mini_api_of_somebody").is_empty());
    assert_eq!(plain_lines("# a=b\nA=ENC[AES256_GCM,data:x]\nB=plain\nsops_version=3.9.0"), ["B=plain"]);
}
