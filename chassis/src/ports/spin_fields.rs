//! What the runtime says of a request in fields of its own.
//!
//! Spin adds some eight to each request, after what a client may have sent of the same name, so that the last one of
//! a name is Spin's. Those that are not named here are left out before the API sees the request: to read them would
//! be a good part of reading a small one.

/// The URL as the runtime has seen it, scheme and host included.
pub const SPIN_FULL_URL: &str = "spin-full-url";

/// The address of the connection, with its port.
pub const SPIN_CLIENT_ADDR: &str = "spin-client-addr";

/// All that are read.
const READ: [&str; 2] = [SPIN_FULL_URL, SPIN_CLIENT_ADDR];

/// Whether a field, by its name in lower case, is one of Spin's that nobody reads.
pub fn is_unread_spin_field(name: &str) -> bool {
    name.starts_with("spin-") && !READ.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_what_is_not_spins_stays() {
        for name in [SPIN_FULL_URL, SPIN_CLIENT_ADDR, "spinner", "x-spin-full-url", "host", ""] {
            assert!(!is_unread_spin_field(name), "{name}");
        }
    }

    #[test]
    fn the_rest_of_spins_does_not() {
        for name in ["spin-path-info", "spin-base-path", "spin-full-url2", "spin-"] {
            assert!(is_unread_spin_field(name), "{name}");
        }
    }
}
