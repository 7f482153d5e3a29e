//! `api_key`: the list of keys. The first line is the key that a caller presents, the rest is the list.
#![no_main]

use std::collections::BTreeSet;

use chassis::types::{ApiKeys, Caller, Identity, Scope, Scopes};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const READ: Scope = Scope("things:read");
const WRITE: Scope = Scope("things:write");
const SCOPES: &[Scope] = &[READ, WRITE];

fuzz_target!(|text: &str| {
    let (presented, list) = text.split_once('\n').unwrap_or(("", text));
    let lenient = ApiKeys::parse(list, SCOPES, true);
    if let Ok(keys) = ApiKeys::parse(list, SCOPES, false) {
        assert!(plain(list).all(|key| key.chars().count() >= ApiKeys::MIN_LENGTH), "a short key is taken");
        check(&keys, list, presented);
        assert!(lenient.is_ok(), "what is strict enough is too strict");
    }
    if let Ok(keys) = lenient {
        check(&keys, list, presented);
    }
    if !presented.is_empty() {
        digests_open_what_they_are_of(presented);
    }
});

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn plain(list: &str) -> impl Iterator<Item = &str> {
    entries(list).filter(|entry| !entry.contains(':'))
}

fn check(keys: &ApiKeys, list: &str, presented: &str) {
    assert_eq!(keys.is_empty(), entries(list).next().is_none());
    assert!(keys.identify(b"").is_none(), "nothing is a key");
    for key in plain(list) {
        let Caller { identity, scopes } = keys.identify(key.as_bytes()).expect("a key of the list");
        // Only entries with a digest have a name, and the list can't hold this key as a digest too.
        assert!(matches!(identity, Identity::Key { name: None, fingerprint } if fingerprint.len() == 16));
        assert!(*scopes == Scopes::all(SCOPES));
    }
    let digests: BTreeSet<_> = entries(list).map(|entry| digest_of(entry)).collect();
    assert_eq!(digests.len(), entries(list).count(), "a key is there twice");
    for presented in [presented, list] {
        let digest = hex(presented);
        let is_listed = plain(list).any(|key| key == presented)
            || entries(list).any(|entry| entry.split(':').nth(1).is_some_and(|hex| hex.eq_ignore_ascii_case(&digest)));
        assert_eq!(keys.identify(presented.as_bytes()).is_some(), is_listed, "{presented:?}");
    }
}

fn digest_of(entry: &str) -> String {
    entry.split(':').nth(1).map_or_else(|| hex(entry), str::to_lowercase)
}

fn digests_open_what_they_are_of(key: &str) {
    let list = format!("ci:{}:{}", hex(key), READ);
    let keys = ApiKeys::parse(&list, SCOPES, false).expect("a list as hack/new-key prints it");
    let caller = keys.identify(key.as_bytes()).expect("its key");
    assert_eq!(caller.identity.name().map(|name| name.as_str()), Some("ci"));
    assert!(caller.scopes.contains(READ) && !caller.scopes.contains(WRITE));
    assert!(keys.identify(format!("{key} ").as_bytes()).is_none());
    assert!(keys.identify(hex(key).as_bytes()).is_none(), "the digest is no key");
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
