//! The API's description of itself. The build of `docs-ui` makes `openapi.yaml` of it.

use crate::Result;

pub(crate) const PATH: &str = "openapi.json";

pub(crate) fn text() -> Result<String> {
    Ok(format!("{}\n", description::document().to_pretty_json()?))
}
