//! The files that are served, as `build.rs` has made them.

/// One file.
#[derive(Debug)]
pub struct File {
    /// The last part of its path. That of an asset holds the hash.
    pub name: &'static str,
    /// Its `Content-Type`.
    pub media_type: &'static str,
    /// Of what it holds: the first half of its SHA-256, in hexadecimal digits.
    pub hash: &'static str,
    /// Its length in bytes.
    pub length: usize,
    /// What it holds, compressed.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));
