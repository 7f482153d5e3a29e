use chassis::types::Scope;

/// Read users, tocos and transfers.
pub const READ: Scope = Scope("tocos:read");
/// Change them.
pub const WRITE: Scope = Scope("tocos:write");

pub const SCOPES: &[Scope] = &[READ, WRITE];
