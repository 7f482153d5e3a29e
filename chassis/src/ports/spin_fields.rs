//! Fields that the runtime adds to a request.
//!
//! Spin adds about eight, after any that the client has sent, so the last field of a name is Spin's. The exchange drops
//! those that are not named here: reading them would be a good part of reading a small request.

/// The URL as the runtime has seen it, with scheme and host.
pub const SPIN_FULL_URL: &str = "spin-full-url";

/// The address of the connection, with its port.
pub const SPIN_CLIENT_ADDR: &str = "spin-client-addr";

/// Whether `name`, in lower case, is a field of Spin's that the API does not read.
pub fn is_unread_spin_field(name: &str) -> bool {
    name.starts_with("spin-") && ![SPIN_FULL_URL, SPIN_CLIENT_ADDR].contains(&name)
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
