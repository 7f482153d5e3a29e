//! What a caller may be allowed.

use chassis::types::Scope;

/// See users, tocos and transfers.
pub const READ: Scope = Scope::new("tocos:read");
/// Change them.
pub const WRITE: Scope = Scope::new("tocos:write");

/// Every scope of this API.
pub const SCOPES: &[Scope] = &[READ, WRITE];
