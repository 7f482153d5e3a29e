//! The served files, which `build.rs` generates.

#[derive(Debug)]
pub struct File {
    /// The last part of the path. That of an asset contains the hash.
    pub name: &'static str,
    pub media_type: &'static str,
    /// The first half of the content's SHA-256, in hexadecimal digits.
    pub hash: &'static str,
    /// Length of the plain content, in bytes.
    pub length: usize,
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));
