//! The scopes of this API.

use chassis::types::Scope;

/// Read users, tocos and transfers.
pub const READ: Scope = Scope::new("tocos:read");
/// Change them.
pub const WRITE: Scope = Scope::new("tocos:write");

pub const SCOPES: &[Scope] = &[READ, WRITE];
