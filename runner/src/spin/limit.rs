//! Bounds the memory that one call takes in the host.

/// Spin's maximum size of a result, in bytes: 128 MiB.
const MAX_BUFFERED_BYTES: usize = 128 << 20;

/// # Errors
///
/// The result is too large. The text is Spin's.
pub(super) fn check_size(bytes: usize) -> Result<(), String> {
    if bytes > MAX_BUFFERED_BYTES {
        return Err(format!("query result exceeds limit of {MAX_BUFFERED_BYTES} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_bounded() {
        assert_eq!(check_size(134_217_728), Ok(()));
        assert_eq!(check_size(134_217_729).unwrap_err(), "query result exceeds limit of 134217728 bytes");
    }
}
