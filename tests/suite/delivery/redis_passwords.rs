//! Redis as the manifests start it, with passwords that a configuration file or a shell might misread.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use black_box::{Options, Server, repository};
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

const ODD: [&str; 11] = [
    "plain",
    "two words",
    " around ",
    "\"quoted\"",
    "'quoted'",
    "half\"quoted",
    "# no comment",
    "$HOME and $(id) and `id`",
    "back\\slash\\n\\x41",
    "%41 * ? ~ & +@all",
    "ü€ \t tab",
];

/// Timeout of a start on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the script with which a manifest starts Redis, and the variable with the password.
fn manifest(name: &str) -> (String, &'static str) {
    let text = fs::read_to_string(repository::root().join(name)).unwrap();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    let compose = &documents[0]["services"]["redis"]["command"];
    if compose.is_array() {
        // Compose reads `$$` as `$`.
        return (script(compose).replace("$$", "$"), "REDISCLI_AUTH");
    }
    let container = &documents[0]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["env"][0]["name"], "REDIS_PASSWORD");
    (script(&container["command"]), "REDIS_PASSWORD")
}

fn script(command: &Value) -> String {
    assert_eq!((&command[0], &command[1]), (&"sh".into(), &"-c".into()));
    command[2].as_str().expect("a script").to_owned()
}

/// A Redis that a manifest's script has started. Stops when dropped.
struct Started {
    child: Child,
    port: u16,
    directory: TempDir,
}

impl Started {
    fn by(manifest_name: &str, password: &str) -> Self {
        let (script, variable) = manifest(manifest_name);
        let port = free_port();
        let directory = tempfile::tempdir().unwrap();
        // The wrapper comes first on PATH. It adds the test's address to the script's arguments.
        let wrapper = directory.path().join("redis-server");
        let path = std::env::var("PATH").unwrap();
        let inner = format!("#!/bin/sh\nPATH='{path}' exec redis-server \"$@\" --bind 127.0.0.1 --port {port}\n");
        fs::write(&wrapper, inner).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", &script]).env(variable, password).current_dir(directory.path());
        command.env("PATH", format!("{}:{path}", directory.path().display()));
        command.stdin(Stdio::null()).stdout(fs::File::create(directory.path().join("log")).unwrap());
        Self { child: command.spawn().unwrap(), port, directory }
    }

    /// Returns the response to a PING with this password, once Redis accepts connections.
    fn ping(&mut self, password: &str) -> String {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let mut command = Command::new("redis-cli");
            command.args(["-p", &self.port.to_string(), "ping"]).env("REDISCLI_AUTH", password);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            if !said.contains("Could not connect") {
                return said;
            }
            let log = read(&self.directory.path().join("log"));
            assert!(self.child.try_wait().unwrap().is_none() && Instant::now() < deadline, "{said}\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a port below Linux's ephemeral ports, so that no other process gets it in between.
fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| fastrand::u16(20_000..32_000));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[rstest]
fn every_password_opens_and_no_other_does(#[values("compose.yaml", "k8s/components/redis/redis.yaml")] manifest: &str) {
    for password in ODD {
        let mut redis = Started::by(manifest, password);
        assert_eq!(redis.ping(password), "PONG\n", "{password:?}");
        let unquoted = password.trim_matches(['"', '\'', ' ']);
        for wrong in ["", "wrong", unquoted].into_iter().filter(|wrong| *wrong != password) {
            assert!(redis.ping(wrong).contains("NOAUTH"), "{wrong:?} is accepted for {password:?}");
        }
        let arguments = read(Path::new(&format!("/proc/{}/cmdline", redis.child.id())));
        assert!(!arguments.contains(password) && arguments.contains("redis-server"), "{arguments:?}");
    }
}

/// The API trims the password too.
#[rstest]
fn a_newline_at_the_end_is_no_part_of_it(
    #[values("compose.yaml", "k8s/components/redis/redis.yaml")] manifest: &str,
    #[values("secret\n", "secret\r\n")] password: &str,
) {
    assert_eq!(Started::by(manifest, password).ping("secret"), "PONG\n");
}

#[test]
fn without_a_password_it_does_not_start() {
    let mut redis = Started::by("k8s/components/redis/redis.yaml", "");
    assert!(!redis.child.wait().unwrap().success());
}

#[tokio::test]
async fn the_api_gets_in_with_the_same_variable() {
    let password = ODD.concat();
    let mut redis = Started::by("k8s/components/redis/redis.yaml", &password);
    assert_eq!(redis.ping(&password), "PONG\n");
    let options = Options::api().variable("rate_limit", "100/60s").variable("rate_limit_on_error", "closed");
    let options = options.variable("redis_address", &format!("redis://127.0.0.1:{}", redis.port));
    let server = Server::start(options.variable("redis_password", &password)).await;
    server.client().get("/hello_world").send().await.assert_status(200, "counted by Redis");
}
