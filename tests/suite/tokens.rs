//! Bearer tokens: the signatures, audiences and lifetimes that the API accepts.

mod accepted;
mod keys;
mod refusals;
mod secrets;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use black_box::{Answer, Issuer, Options, Server, SigningKey, example};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example/tenant";
const AUDIENCE: &str = "https://api.example";

/// Options of an API that accepts tokens of this issuer and the usual key.
pub(crate) fn options(issuer: &Issuer) -> Options {
    Options::api()
        .variable("auth", "api_key,jwt")
        .variable("jwt_issuer", ISSUER)
        .variable("jwt_audience", AUDIENCE)
        .variable("jwt_jwks_origin", &issuer.origin())
        .variable("jwt_jwks_url", &issuer.url())
}

/// Valid claims with every scope.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "sam",
        "exp": seconds_from_now(300),
        "scope": format!("openid {} {}", example::READ, example::WRITE),
    })
}

/// Valid claims except for this one.
pub(crate) fn claims_with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

/// Unix time, as in tokens.
fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(now.as_secs()).unwrap() + seconds
}

pub(crate) async fn ask(server: &Server, token: &str) -> Answer {
    let request = server.anonymous().get(example::LIST).header("Authorization", &format!("Bearer {token}"));
    request.send().await
}

async fn assert_open(server: &Server, key: &SigningKey) {
    ask(server, &key.token(&claims())).await.assert_status(200, key.id());
}

async fn assert_refused(server: &Server, token: &str, reason: &str) {
    let answer = ask(server, token).await;
    let problem = answer.assert_problem(401, "invalid-token", reason);
    assert_eq!(problem.detail, format!("The token {reason}."));
    let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
    let expected = format!(r#"Bearer realm="mini-api", error="invalid_token", error_description="The token {reason}""#);
    assert_eq!(challenge, expected);
}
