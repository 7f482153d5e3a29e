//! The number of series does not depend on the input of clients.

use std::collections::BTreeSet;

use black_box::{Options, Server, description, example};

use super::{QUIET, scrape};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other"];
/// The routes of the API, and the label of requests without a route.
fn endpoints() -> BTreeSet<String> {
    let operations = description::operations().into_iter().filter(|operation| operation.tag != "documentation");
    operations.map(|operation| operation.template).chain(["unmatched".to_owned()]).collect()
}

#[tokio::test]
async fn clients_make_no_series() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for number in 0..40 {
        let name = format!("planted-{number}");
        for method in [format!("PLANTED{number}"), "get".to_owned(), "OPTIONS".to_owned()] {
            client.request(&method, example::LIST).send().await;
            client.request(&method, &format!("/{name}")).send().await;
        }
        for path in [
            format!("/{name}"),
            format!("{}/{name}/more", example::LIST),
            format!("{}/{name}", example::LIST),
            format!("{}/%22%7D%20{name}", example::LIST),
            format!("{}/{name}%0A", example::LIST),
            format!("{}?cursor={name}", example::LIST),
            format!("/hello_world?{name}={name}"),
            format!("/hello_world/?{name}"),
        ] {
            client.get(&path).send().await;
        }
        server.with_key(&name).get("/hello_world").send().await.assert_status(401, "a planted key");
        let request = client.request("POST", example::LIST).header("Idempotency-Key", &name);
        let body = example::NEW.replace("Nina", &name);
        request.body("application/json", body).send().await.assert_status(201, &name);
    }
    tokio::time::sleep(QUIET).await;
    let text = server.anonymous().get("/metrics").send().await;
    assert!(!text.text().to_lowercase().contains("planted"), "{}", text.text());

    let told = scrape(&server).await;
    let labels = |label| {
        let samples = told.of("http_requests_total");
        samples.map(|sample| sample.label(label).to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(labels("method").is_subset(&METHODS.map(str::to_owned).into()), "{:?}", labels("method"));
    assert!(labels("endpoint").is_subset(&endpoints()), "{:?}", labels("endpoint"));
    assert!(labels("method").contains("other") && labels("endpoint").contains("unmatched"));
    // Few more than the kinds of requests above.
    let series = told.of("http_requests_total").count();
    assert!(series < 40, "{series} series");
}
