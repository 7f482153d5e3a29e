//! Spin serves the API from the registry.

use black_box::{Options, Registry, Server, example, repository};

use super::checkout::Checkout;
use super::{push_profile, runner, spin};

#[tokio::test]
async fn what_was_pushed_is_served() {
    let Some(spin) = spin() else { return };
    let (registry, checkout) = (Registry::shared(), Checkout::of("2026-01-02T03:04:05Z"));
    for program in [spin, runner()] {
        let reference = registry.new_reference();
        let digest = push_profile(&checkout, &program, repository::profile(), &reference);
        let name = reference.strip_suffix(":test").unwrap();
        for reference in [reference.clone(), format!("{name}@{digest}")] {
            let server = Server::start(Options::pushed(&reference)).await;
            server.anonymous().get("/health").send().await.assert_json(200, &reference);
            server.anonymous().get(example::LIST).send().await.assert_problem(401, "unauthorized", &reference);
            server.client().get(example::LIST).send().await.assert_json(200, &reference);
            server.anonymous().get("/docs").send().await.assert_status(200, &reference);
        }
    }
}
