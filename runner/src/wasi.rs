//! The two versions of WASI 0.3 that components use: the final one, and the release candidate of Spin 4.0.
//!
//! Wasmtime provides the final one only. The candidate defines the same types under other names, so a component for it
//! runs once its own imports and exports have the final names. Components and modules inside it keep their names,
//! because they get their imports from the component around them. Wasmtime's linker still checks every type.

use std::borrow::Cow;

use anyhow::{Context as _, bail};
use wasm_encoder::{Component, Encode as _, RawSection};
use wasmparser::{BinaryReader, FromReader, Parser, Payload, SectionLimited};

/// The version that spin-sdk 7 uses.
pub(crate) const FINAL: &str = "0.3.0";
/// The version that spin-sdk 6 uses.
const CANDIDATE: &str = "0.3.0-rc-2026-03-15";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Candidate,
    Final,
}

/// Returns the component with final names, and the version of WASI that it had. A binary without names of the
/// candidate counts as final, and stays as it is.
///
/// # Errors
///
/// Names the interfaces if they belong to another prerelease, or to both versions.
pub(crate) fn finalize_names(binary: &[u8]) -> anyhow::Result<(Cow<'_, [u8]>, Version)> {
    let mut names = Names::default();
    let mut finalized = Component::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload?;
        if let (0, Some((id, range))) = (depth, payload.as_section()) {
            let data = match &payload {
                Payload::ComponentImportSection(section) => names.finalize(binary, section)?.into(),
                Payload::ComponentExportSection(section) => names.finalize(binary, section)?.into(),
                _ => Cow::from(binary.get(range).context("a section has no end")?),
            };
            finalized.section(&RawSection { id, data: &data });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => (),
        }
    }
    Ok(match names.version()? {
        Version::Candidate => (finalized.finish().into(), Version::Candidate),
        Version::Final => (binary.into(), Version::Final),
    })
}

/// The imports and exports of WASI 0.3, by version.
#[derive(Default)]
struct Names<'a> {
    candidate: Vec<&'a str>,
    final_: Vec<&'a str>,
    unknown: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// Copies a section of imports or exports with final names.
    fn finalize<T: FromReader<'a>>(
        &mut self,
        binary: &'a [u8],
        section: &SectionLimited<'a, T>,
    ) -> anyhow::Result<Vec<u8>> {
        let items = section.clone().into_iter_with_offsets().map(|item| item.map(|(start, _)| start));
        let starts = items.collect::<Result<Vec<_>, _>>()?;
        let ends = starts.iter().skip(1).copied().chain([section.range().end]);
        let mut copy = Vec::new();
        section.count().encode(&mut copy);
        for (&start, end) in starts.iter().zip(ends) {
            // An item is a byte for the kind of its name, the name, and what the name refers to.
            let item = binary.get(start..end).context("an import or export has no end")?;
            let mut reader = BinaryReader::new(item, start);
            copy.push(reader.read_u8()?);
            self.finalize_name(reader.read_string()?).encode(&mut copy);
            copy.extend_from_slice(reader.read_bytes(reader.bytes_remaining())?);
        }
        Ok(copy)
    }

    fn finalize_name(&mut self, name: &'a str) -> Cow<'a, str> {
        let versioned = name.strip_prefix("wasi:").and_then(|rest| rest.rsplit_once('@'));
        match versioned {
            Some((interface, CANDIDATE)) => {
                self.candidate.push(name);
                return format!("wasi:{interface}@{FINAL}").into();
            }
            Some((_, FINAL)) => self.final_.push(name),
            Some((_, version)) if version.starts_with("0.3.0-") => self.unknown.push(name),
            _ => (),
        }
        name.into()
    }

    fn version(&self) -> anyhow::Result<Version> {
        if !self.unknown.is_empty() {
            bail!(
                "it uses {}, and the runner provides WASI {FINAL} and {CANDIDATE} only; build it with spin-sdk 6 or 7",
                self.unknown.join(", ")
            );
        }
        match (self.candidate.first(), self.final_.first()) {
            (Some(candidate), Some(final_)) => {
                bail!("it uses both {candidate} and {final_}; build all its parts with one version of spin-sdk")
            }
            (Some(_), None) => Ok(Version::Candidate),
            (None, _) => Ok(Version::Final),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Validator, WasmFeatures};

    use super::*;

    fn finalize(text: &str) -> anyhow::Result<(Vec<u8>, Version)> {
        let binary = wat::parse_str(text)?;
        let (finalized, version) = finalize_names(&binary)?;
        Validator::new_with_features(WasmFeatures::all()).validate_all(&finalized)?;
        assert_eq!(finalized == binary, version == Version::Final);
        Ok((finalized.into_owned(), version))
    }

    fn text(of: &[u8]) -> String {
        String::from_utf8_lossy(of).into_owned()
    }

    const CANDIDATES: &str = r#"
        (component
            (import "wasi:http/types@0.3.0-rc-2026-03-15" (instance $types (export "fields" (type (sub resource)))))
            (alias export $types "fields" (type $fields))
            (import "wasi:clocks/monotonic-clock@0.2.6" (instance))
            (import "wasi:clocks/system-clock@0.3.0-rc-2026-03-15" (instance (export "now" (func (result u64)))))
            (import "spin:variables/variables@3.0.0" (instance))
            (component $inner
                (import "wasi:http/types@0.3.0-rc-2026-03-15" (instance))
                (core module (import "wasi:http/types@0.3.0-rc-2026-03-15" "f" (func))))
            (instance $handler (instantiate $inner (with "wasi:http/types@0.3.0-rc-2026-03-15" (instance $types))))
            (export "wasi:http/handler@0.3.0-rc-2026-03-15" (instance $handler)))"#;

    #[test]
    fn imports_and_exports_of_the_candidate_get_final_names() {
        let (finalized, version) = finalize(CANDIDATES).unwrap();
        assert_eq!(version, Version::Candidate);
        let expected = CANDIDATES.replacen("-rc-2026-03-15", "", 2);
        // The inner component, its module and its argument keep their names.
        let (before, handler) = expected.rsplit_once("-rc-2026-03-15").unwrap();
        assert_eq!(text(&finalized), text(&wat::parse_str(format!("{before}{handler}")).unwrap()));
    }

    #[test]
    fn a_final_component_and_one_without_wasi_stay_as_they_are() {
        for text in [
            r#"(component (import "wasi:http/types@0.3.0" (instance)) (import "wasi:io/poll@0.2.6" (instance)))"#,
            r#"(component (import "other:http/types@0.3.0-rc-2026-03-15" (instance)))"#,
            "(component)",
            "(module)",
        ] {
            assert_eq!(finalize(text).unwrap().1, Version::Final, "{text}");
        }
    }

    #[test]
    fn another_prerelease_is_refused_by_name() {
        let refusal = finalize(
            r#"(component
                (import "wasi:http/types@0.3.0-rc-2025-09-16" (instance))
                (import "wasi:http/client@0.3.0-rc-2026-03-15" (instance))
                (import "wasi:cli/exit@0.3.0-draft" (instance)))"#,
        );
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.contains("uses wasi:http/types@0.3.0-rc-2025-09-16, wasi:cli/exit@0.3.0-draft,"), "{refusal}");
        assert!(refusal.contains("spin-sdk 6 or 7"), "{refusal}");
    }

    #[test]
    fn both_versions_in_one_component_are_refused_by_name() {
        let refusal = finalize(
            r#"(component
                (import "wasi:http/types@0.3.0" (instance))
                (import "wasi:http/types@0.3.0-rc-2026-03-15" (instance)))"#,
        );
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.contains("both wasi:http/types@0.3.0-rc-2026-03-15 and wasi:http/types@0.3.0;"), "{refusal}");
    }

    #[test]
    fn a_damaged_binary_is_an_error() {
        let binary = wat::parse_str(CANDIDATES).unwrap();
        assert!(finalize_names(&binary[..binary.len() - 1]).is_err());
        assert!(finalize_names(b"").is_err());
        assert!(finalize_names(b"no component").is_err());
    }
}
