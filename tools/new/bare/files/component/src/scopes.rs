//! What a caller may be allowed.

use chassis::types::Scope;

/// See notes.
pub const READ: Scope = Scope("notes:read");
/// Create and delete them.
pub const WRITE: Scope = Scope("notes:write");

/// Every scope of this API.
pub const SCOPES: &[Scope] = &[READ, WRITE];
