use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::super::test_server::{address, connect};
use super::*;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than a blocking command.
const PAUSE: Duration = Duration::from_millis(200);

fn text(text: &str) -> RedisParameter {
    RedisParameter::Binary(text.into())
}

fn binary(text: &str) -> RedisResult {
    RedisResult::Binary(text.into())
}

fn status(text: &str) -> RedisResult {
    RedisResult::Status(text.to_owned())
}

/// Returns a key of the test's own.
fn key(name: &str) -> String {
    format!("runner:{name}:{}", std::process::id())
}

async fn eval(connection: &mut Connection, script: &str) -> Result<Vec<RedisResult>, Error> {
    connection.execute("EVAL", vec![text(script), RedisParameter::Int64(0)]).await
}

fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Other(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_function_sends_its_command() {
    let mut redis = connect().await;
    let (value, count, set) = (key("value"), key("count"), key("set"));
    assert_eq!(redis.get(&value).await, Ok(None));
    redis.set(&value, &[0, 255]).await.unwrap();
    assert_eq!(redis.get(&value).await, Ok(Some(vec![0, 255])));
    assert_eq!((redis.incr(&count).await, redis.incr(&count).await), (Ok(1), Ok(2)));
    let members = ["a".to_owned(), "b".to_owned()];
    assert_eq!(redis.sadd(&set, &members).await, Ok(2));
    assert_eq!(redis.sadd(&set, &members[..1]).await, Ok(0));
    assert_eq!(redis.srem(&set, &members[..1]).await, Ok(1));
    assert_eq!(redis.smembers(&set).await, Ok(vec!["b".to_owned()]));
    redis.publish(&key("channel"), b"message").await.unwrap();
    assert_eq!(redis.del(&[value, count, set, key("none")]).await, Ok(3));
}

#[tokio::test]
async fn every_type_comes_back_from_a_script() {
    let mut redis = connect().await;
    for (script, expected) in [
        ("return 1", vec![RedisResult::Int64(1)]),
        ("return 3.99", vec![RedisResult::Int64(3)]),
        ("return 'text'", vec![binary("text")]),
        ("return nil", vec![RedisResult::Nil]),
        ("return redis.status_reply('FINE')", vec![status("FINE")]),
        ("return {}", vec![]),
        ("return {1, {'a', {2}}, 'b'}", vec![RedisResult::Int64(1), binary("a"), RedisResult::Int64(2), binary("b")]),
    ] {
        assert_eq!(eval(&mut redis, script).await, Ok(expected), "{script}");
    }
    let arguments = vec![text("return {KEYS[1], ARGV[1]}"), text("1"), text("key"), RedisParameter::Int64(-5)];
    assert_eq!(redis.execute("EVAL", arguments).await, Ok(vec![binary("key"), binary("-5")]));
}

#[tokio::test]
async fn resp3_is_only_for_those_who_ask_for_it() {
    let mut redis = Connection::open(&format!("{}?protocol=resp3", address())).await.unwrap();
    for (value, expected) in [
        ("{double = 3.5}", Ok(vec![binary("3.5")])),
        ("true", Ok(vec![RedisResult::Int64(1)])),
        ("{big_number = '12345678901234567890123'}", Ok(vec![binary("12345678901234567890123")])),
        ("{set = {a = true}}", Ok(vec![binary("a")])),
        ("{map = {a = 1}}", Err("Map type")),
        ("{verbatim_string = {format = 'txt', string = 'x'}}", Err("format attribute")),
    ] {
        let result = eval(&mut redis, &format!("redis.setresp(3) return {value}")).await;
        match expected {
            Ok(results) => assert_eq!(result, Ok(results), "{value}"),
            Err(part) => assert!(reason(result).contains(part), "{value}"),
        }
    }
}

#[tokio::test]
async fn errors_of_the_server_have_spins_texts() {
    let mut redis = connect().await;
    let set = key("wrong-type");
    redis.sadd(&set, &["a".to_owned()]).await.unwrap();
    let wrong_type = "WRONGTYPE: Operation against a key holding the wrong kind of value";
    assert_eq!(reason(redis.get(&set).await), wrong_type);
    assert_eq!(reason(redis.incr(&set).await), wrong_type);
    assert_eq!(redis.del(&[set]).await, Ok(1));
    for (script, expected) in [
        ("return redis.error_reply('MINE no way')", "MINE: no way"),
        ("return {1, redis.error_reply('MINE no way')}", "MINE: no way"),
        ("error('boom')", "An error was signalled by the server - ResponseError: user_script:1: boom"),
    ] {
        let reason = reason(eval(&mut redis, script).await);
        assert!(reason.starts_with(expected), "{reason}");
    }
    let unknown = vec![text("0000000000000000000000000000000000000000"), text("0")];
    let expected = "An error was signalled by the server - NoScriptError: No matching script. Please use EVAL.";
    assert_eq!(reason(redis.execute("EVALSHA", unknown).await), expected);
}

#[tokio::test]
async fn an_address_is_refused_as_early_as_it_can_be() {
    for address in ["", "127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://127.0.0.1/x", "unix:///run/r.sock"] {
        assert_eq!(Connection::open(address).await.unwrap_err(), Error::InvalidAddress, "{address}");
    }
    let address = address();
    let (_, server) = address.split_once('@').unwrap();
    let wrong = Connection::open(&format!("redis://:wrong@{server}")).await;
    assert_eq!(reason(wrong), "Password authentication failed- AuthenticationFailed");
    let missing = Connection::open(&format!("{address}/99")).await;
    assert!(reason(missing).contains("refused to switch database"));
    let mut nobody = Connection::open(&format!("redis://{server}")).await.unwrap();
    assert!(reason(nobody.get("any").await).starts_with("NOAUTH"));
}

#[tokio::test]
async fn commands_do_not_wait_for_replies_but_replies_keep_their_order() {
    let (mut blocked, mut other) = (connect().await, connect().await);
    let list = key("list");
    let mut waiting = blocked.clone();
    let pop = vec![text(&list), text("0")];
    let popped = tokio::spawn(async move { waiting.execute("BLPOP", pop).await });
    tokio::time::sleep(PAUSE).await;
    assert!(timeout(PAUSE, blocked.incr(&key("behind"))).await.is_err(), "it waits behind BLPOP");
    other.execute("RPUSH", vec![text(&list), text("x")]).await.unwrap();
    assert_eq!(timeout(TIMEOUT, popped).await.unwrap().unwrap(), Ok(vec![binary(&list), binary("x")]));
    // The cancelled command ran, and its reply is not mistaken for the next one.
    assert_eq!(blocked.incr(&key("behind")).await, Ok(2));
    other.del(&[key("behind")]).await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_an_error_at_once_and_ever_after() {
    let (mut victim, mut other) = (connect().await, connect().await);
    let id = victim.execute("CLIENT", vec![text("ID")]).await.unwrap();
    let [RedisResult::Int64(id)] = id[..] else { panic!("{id:?}") };
    let mut waiting = victim.clone();
    let pop = vec![text("runner:nothing"), text("0")];
    let waiter = tokio::spawn(async move { waiting.execute("BLPOP", pop).await });
    tokio::time::sleep(PAUSE).await;
    let kill = vec![text("KILL"), text("ID"), RedisParameter::Int64(id)];
    assert_eq!(other.execute("CLIENT", kill).await, Ok(vec![RedisResult::Int64(1)]));
    assert_eq!(reason(timeout(TIMEOUT, waiter).await.unwrap().unwrap()), "broken pipe");
    for _ in 0..3 {
        assert_eq!(reason(timeout(TIMEOUT, victim.get("any")).await.unwrap()), "broken pipe");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_an_error_or_a_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("redis://{}", listener.local_addr().unwrap());
    assert!(timeout(Duration::from_secs(2), Connection::open(&silent)).await.is_err(), "it has no timeout");
    drop(listener);
    let refused = timeout(TIMEOUT, Connection::open(&silent)).await.unwrap();
    assert!(reason(refused).starts_with("Connection refused"));
}

#[tokio::test]
async fn tls_trusts_who_is_known_or_anybody() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Replies OK to the driver's handshake.
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            while stream.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {
                stream.write_all(b"+OK\r\n+OK\r\n").await.unwrap();
            }
        }
    });
    let refused = timeout(TIMEOUT, Connection::open(&format!("rediss://localhost:{port}"))).await.unwrap();
    assert!(reason(refused).contains("certificate"));
    let insecure = format!("rediss://localhost:{port}/#insecure");
    let mut anybody = timeout(TIMEOUT, Connection::open(&insecure)).await.unwrap().unwrap();
    assert_eq!(anybody.execute("PING", Vec::new()).await, Ok(vec![status("OK")]));
}

#[test]
fn what_is_logged_holds_no_password() {
    for (address, expected) in [
        ("redis://user:secret@db.example:6379/1?pass=secret", "redis://db.example:6379"),
        ("rediss://:secret@db.example", "rediss://db.example"),
        ("redis+unix:///run/redis.sock?pass=secret", "redis+unix://"),
        (":secret@db.example", "an address that is no URL"),
    ] {
        assert_eq!(without_credentials(address), expected);
    }
}
