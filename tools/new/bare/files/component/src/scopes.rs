//! The permissions of callers.

use chassis::types::Scope;

/// Read notes.
pub const READ: Scope = Scope("notes:read");
/// Create and delete them.
pub const WRITE: Scope = Scope("notes:write");

/// Every scope of this API.
pub const SCOPES: &[Scope] = &[READ, WRITE];
