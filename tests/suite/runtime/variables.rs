//! Variables: defaults, templates, and what a component may read.

use black_box::{Options, Server};

use super::Guest;

#[tokio::test]
async fn a_template_is_filled_from_defaults_and_the_environment() {
    for (greeting, sentence) in [(None, "Hello, t!"), (Some("Bye"), "Bye, t!"), (Some(""), ", t!")] {
        let options = Options::guest().variable("token", "t");
        let options = match greeting {
            Some(greeting) => options.variable("greeting", greeting),
            None => options,
        };
        let server = Server::start(options).await;
        let answer = server.client().get("/variables").send().await.assert_json_text();
        assert_eq!(answer["token"], "t", "{answer}");
        assert_eq!(answer["sentence"], sentence, "{answer}");
        let error = answer["greeting"]["error"].as_str().unwrap_or_default();
        assert!(error.contains("Undefined"), "only what the component was given: {answer}");
    }
}
