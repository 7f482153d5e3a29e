//! Responses that the client does not read.

use black_box::{Http2, Options, Server};

/// Connections, and the streams of each. The server allows no more streams.
const CONNECTIONS: usize = 2;
const STREAMS: usize = 200;

/// Maximum memory for all of these responses, in MiB: half of a pod's memory in the manifests.
const BOUND: u64 = 256;

#[tokio::test]
async fn answers_that_nobody_reads_cost_little_memory() {
    for (page, encoding) in [("/redoc", "identity"), ("/redoc", "gzip"), ("/openapi.json", "identity")] {
        let server = Server::start(Options::api()).await;
        let path = script_of(&server, page).await.unwrap_or_else(|| page.to_owned());
        let before = server.reset_peak_memory();
        let (mut connections, mut unread) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            let connection = Http2::connect_without_reading(server.address()).await;
            for _ in 0..STREAMS {
                let answer = connection.begin("GET", &path, &[("accept-encoding", encoding)]).await.expect("a head");
                assert_eq!(answer.status(), 200, "{path}");
                unread.push(answer);
            }
            connections.push(connection);
        }
        let cost = server.peak_memory() - before;
        let figures = format!("{} answers of {path} as {encoding} cost {cost} MiB", unread.len());
        println!("{figures}");
        assert!(cost < BOUND, "{figures}");
        server.anonymous().get("/docs").send().await.assert_status(200, "others are still served");
    }
}

/// The path of Redoc's script, if the page names it.
async fn script_of(server: &Server, page: &str) -> Option<String> {
    let page = server.anonymous().get(page).send().await;
    page.text().split('"').find(|text| text.starts_with("/docs/assets/redoc.standalone")).map(str::to_owned)
}
