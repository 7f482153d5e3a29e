//! Quotas of callers.

use super::reader::{Reader, optional};
use super::settings;
use crate::types::{KeyName, RateLimit};

const OVERRIDES: &str = "must be like name=1000/60s,other=10/1s, each name once";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    pub limit: RateLimit,
    /// By the name of the caller's key.
    pub overrides: Vec<(KeyName, RateLimit)>,
    /// Whether requests pass while the limiter is unavailable.
    pub is_open_on_error: bool,
}

impl RateLimitSettings {
    /// Returns `Some(None)` if requests are not limited.
    pub(super) async fn read(reader: &mut Reader<'_>) -> Option<Option<Self>> {
        let limit = reader.parsed(&settings::RATE_LIMIT, |text| optional(text, RateLimit::parse)).await;
        let overrides = reader.parsed(&settings::RATE_LIMIT_OVERRIDES, |text| overrides(text).ok_or(OVERRIDES)).await;
        let is_open_on_error = reader.choice(&settings::RATE_LIMIT_ON_ERROR, [("open", true), ("closed", false)]).await;
        let (overrides, is_open_on_error) = (overrides?, is_open_on_error?);
        Some(limit?.map(|limit| Self { limit, overrides, is_open_on_error }))
    }

    pub fn limit_of(&self, name: Option<&KeyName>) -> RateLimit {
        let found = self.overrides.iter().find(|(known, _)| Some(known) == name);
        found.map_or(self.limit, |(_, limit)| *limit)
    }
}

/// Returns `None` if an entry is broken or a name is repeated.
fn overrides(text: &str) -> Option<Vec<(KeyName, RateLimit)>> {
    let mut overrides: Vec<(KeyName, RateLimit)> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, limit) = entry.split_once('=')?;
        let (name, limit) = (KeyName::parse(name)?, RateLimit::parse(limit).ok()?);
        if overrides.iter().any(|(known, _)| *known == name) {
            return None;
        }
        overrides.push((name, limit));
    }
    Some(overrides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read_by_name() {
        let limit = RateLimit::parse("1/1s").unwrap();
        let settings = |text| RateLimitSettings { limit, overrides: overrides(text).unwrap(), is_open_on_error: true };
        let read = settings("ci=5/1s, batch=1000/1h,");
        assert_eq!(read.limit_of(KeyName::parse("batch").as_ref()), RateLimit::parse("1000/1h").unwrap());
        assert_eq!(read.limit_of(KeyName::parse("other").as_ref()), limit);
        assert_eq!(read.limit_of(None), limit);
        assert!(settings("").overrides.is_empty());
        for text in ["ci", "ci=", "=1/1s", "ci=0/1s", "ci=1/1s,ci=2/1s", "a b=1/1s", "ci=1/1s;x=1/1s"] {
            assert!(overrides(text).is_none(), "{text}");
        }
    }
}
