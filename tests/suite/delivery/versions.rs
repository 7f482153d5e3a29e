//! Every file has the same version.

mod places;
mod release;

use black_box::repository;

#[test]
fn everything_has_the_workspaces_version() {
    let version = repository::version();
    let versions = places::versions(&repository::root());
    let others: Vec<_> = versions.iter().filter(|(_, found)| **found != version).collect();
    assert!(others.is_empty(), "not {version}: {others:#?}");
}
