//! The OpenAPI document. The build of `docs-ui` converts it to `openapi.yaml`.

use crate::Result;

pub(crate) const PATH: &str = "openapi.json";

pub(crate) fn text() -> Result<String> {
    Ok(format!("{}\n", description::document().to_pretty_json()?))
}
