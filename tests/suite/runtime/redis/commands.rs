//! Addresses, and the results of commands.

use serde_json::{Value, json};

use super::{RedisGuest, RedisServer, error, key};

#[tokio::test]
async fn an_address_that_is_not_allowed_or_not_understood_is_invalid() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let (host, port) = guest.redis.host_and_port();
    let own = guest.redis.url();
    let addresses = [
        "redis://192.0.2.1:6379".to_owned(),
        format!("redis://{host}:1"),
        format!("redis://{host}"),
        format!("rediss://{host}:{port}"),
        format!("valkey://{host}:{port}"),
        format!("http://{host}:{port}"),
        format!("{host}:{port}"),
        format!("{own}/database"),
        format!("{own}?protocol=resp4"),
        "redis+unix:///run/redis.sock".to_owned(),
        "nonsense".to_owned(),
        String::new(),
    ];
    for address in addresses {
        let outcome = guest.ask("/redis/open", &[("address", &address), ("ms", "5000")]).await;
        assert_eq!(error(&outcome), "Error::InvalidAddress", "{address}");
    }
    assert_eq!(guest.ask("/redis/open", &[]).await, "opened");
}

#[tokio::test]
async fn a_wrong_password_or_database_is_an_error_of_the_opening_but_no_password_is_not() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    let (host, port) = guest.redis.host_and_port();
    let own = guest.redis.url();
    for (address, expected) in [
        (format!("redis://:wrong@{host}:{port}"), "Password authentication failed- AuthenticationFailed"),
        (format!("{own}/99"), "Redis server refused to switch database - ResponseError: DB index is out of range"),
    ] {
        let outcome = guest.ask("/redis/open", &[("address", &address)]).await;
        assert_eq!(error(&outcome), format!("Error::Other({expected:?})"));
    }
    let nobody = format!("redis://{host}:{port}");
    assert_eq!(guest.ask("/redis/open", &[("address", &nobody)]).await, "opened");
    let get = [("address", nobody.as_str()), ("function", "get"), ("key", "any")];
    let outcome = guest.ask("/redis/call", &get).await;
    assert!(error(&outcome).contains("NOAUTH"), "{outcome}");
}

#[tokio::test]
async fn each_function_does_its_command() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let (value, count, set, none) = (key("value"), key("count"), key("set"), key("none"));
    let wrong_type = json!({
        "error": "Error::Other(\"WRONGTYPE: Operation against a key holding the wrong kind of value\")"
    });
    let calls: &[(&str, &str, &[&str], Value)] = &[
        ("get", &value, &[], Value::Null),
        ("set", &value, &["text"], Value::Null),
        ("get", &value, &[], json!("text")),
        ("set", &value, &[""], Value::Null),
        ("get", &value, &[], json!("")),
        ("incr", &count, &[], json!(1)),
        ("incr", &count, &[], json!(2)),
        ("sadd", &set, &["a", "b"], json!(2)),
        ("sadd", &set, &["b"], json!(0)),
        ("srem", &set, &["a", "c"], json!(1)),
        ("smembers", &set, &[], json!(["b"])),
        ("smembers", &none, &[], json!([])),
        ("publish", &none, &["message"], Value::Null),
        // This is not the interface's type-error either.
        ("get", &set, &[], wrong_type.clone()),
        ("incr", &set, &[], wrong_type.clone()),
        ("sadd", &count, &["a"], wrong_type),
        ("del", &set, &[], json!(1)),
        ("del", &set, &[], json!(0)),
    ];
    for (function, key, values, expected) in calls {
        let mut parameters = vec![("function", *function), ("key", *key)];
        parameters.extend(values.iter().map(|value| ("value", *value)));
        let outcome = guest.ask("/redis/call", &parameters).await;
        let shown = format!("{function} {key} {values:?}");
        assert_eq!(&outcome, expected, "{shown}");
    }
    let both = [("function", "del"), ("key", &value), ("key", &count), ("key", &none)];
    assert_eq!(guest.ask("/redis/call", &both).await, 2);
}

#[tokio::test]
async fn a_script_answers_with_every_type() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    for (script, expected) in [
        ("return 1", json!([1])),
        ("return 3.99", json!([3])),
        ("return 'text'", json!(["text"])),
        (r"return '\255\0'", json!([[255, 0]])),
        ("return nil", json!([null])),
        ("return false", json!([null])),
        ("return true", json!([1])),
        ("return redis.status_reply('FINE')", json!([{"status": "FINE"}])),
        ("return {}", json!([])),
        ("return {1, {'a', {2, {3}}}, 'b'}", json!([1, "a", 2, 3, "b"])),
        ("return {1, nil, 3}", json!([1])),
    ] {
        assert_eq!(guest.execute(&["EVAL", script, "0"]).await, expected, "{script}");
    }
    let mut parameters = super::execution(&["EVAL", "return {KEYS[1], ARGV[1], ARGV[2]}", "1", "key", "text"]);
    parameters.push(("integer", "-5"));
    assert_eq!(guest.ask("/redis/call", &parameters).await, json!(["key", "text", "-5"]));
}

#[tokio::test]
async fn a_script_is_known_by_its_digest_once_it_was_loaded() {
    let guest = RedisGuest::start(RedisServer::start_own()).await;
    let digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
    let outcome = guest.execute(&["EVALSHA", digest, "0"]).await;
    let expected = "An error was signalled by the server - NoScriptError: No matching script. Please use EVAL.";
    assert_eq!(error(&outcome), format!("Error::Other({expected:?})"));
    assert_eq!(guest.execute(&["SCRIPT", "LOAD", "return 1"]).await, json!([digest]));
    assert_eq!(guest.execute(&["EVALSHA", digest, "0"]).await, json!([1]));
}

#[tokio::test]
async fn errors_of_redis_are_texts() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    for (words, expected) in [
        (&["EVAL", "return redis.error_reply('MINE no way')", "0"][..], "MINE: no way"),
        (&["EVAL", "return {1, redis.error_reply('MINE no way')}", "0"], "MINE: no way"),
        (&["EVAL", "error('boom')", "0"], "An error was signalled by the server - ResponseError: user_script:1: boom"),
        (&["NO-SUCH-COMMAND"], "An error was signalled by the server - ResponseError: unknown command"),
        (&["GET key"], "An error was signalled by the server - ResponseError: unknown command"),
    ] {
        let outcome = guest.execute(words).await;
        let text = error(&outcome);
        assert!(text.starts_with(&format!("Error::Other(\"{expected}")), "{words:?}: {text}");
    }
}

#[tokio::test]
async fn the_newer_protocol_has_types_that_a_component_cannot_get() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let address = format!("{}?protocol=resp3", guest.redis.url());
    for (value, expected) in [
        ("{double = 3.5}", json!(["3.5"])),
        ("true", json!([1])),
        ("{big_number = '12345678901234567890123'}", json!(["12345678901234567890123"])),
        ("{set = {a = true}}", json!(["a"])),
    ] {
        let script = format!("redis.setresp(3) return {value}");
        let mut parameters = super::execution(&["EVAL", &script, "0"]);
        parameters.insert(0, ("address", &address));
        assert_eq!(guest.ask("/redis/call", &parameters).await, expected, "{value}");
    }
    let mut parameters = super::execution(&["CONFIG", "GET", "maxmemory"]);
    parameters.insert(0, ("address", &address));
    let outcome = guest.ask("/redis/call", &parameters).await;
    let expected = "Could not convert Redis response - TypeError: Redis Map type is not supported";
    assert_eq!(error(&outcome), format!("Error::Other({expected:?})"));
}
