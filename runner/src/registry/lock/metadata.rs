//! Metadata of a locked application or component. As in Spin, empty texts and lists are left out.

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) type Metadata = BTreeMap<&'static str, Value>;

pub(super) fn put_text(metadata: &mut Metadata, key: &'static str, text: &str) {
    if !text.is_empty() {
        metadata.insert(key, text.into());
    }
}

pub(super) fn put_texts(metadata: &mut Metadata, key: &'static str, texts: &[String]) {
    if !texts.is_empty() {
        metadata.insert(key, texts.into());
    }
}
