//! The messages of `hack/up`.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use black_box::repository;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rstest::rstest;

/// A process group that ends with the value.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

#[rstest]
#[case::good_settings("100/60s", "Ready: ")]
#[case::a_bad_setting("many", "Not ready: ")]
#[test]
fn it_says_how_to_go_on_once_it_serves(#[case] rate_limit: &str, #[case] expected: &str) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(repository::root().join("hack/up"));
    command.args(["--runner", &format!("--listen=127.0.0.1:{port}"), "--state-dir"]).arg(directory.path());
    command.env("SPIN_VARIABLE_RATE_LIMIT", rate_limit).env("SPIN_VARIABLE_API_KEY", "test-key-test-key");
    // Cargo sets them for a test, and `ring` tracks them. Otherwise half of the runner would be built again.
    for (name, _) in
        env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        command.env_remove(name);
    }
    let mut group = Group(command.stdout(Stdio::piped()).stderr(Stdio::inherit()).process_group(0).spawn().unwrap());

    let mut lines = BufReader::new(group.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.starts_with(expected)).expect("a line before the end");
    assert!(said.contains(&format!("http://127.0.0.1:{port}/")), "{said}");
}

#[test]
fn it_refuses_an_unknown_setting_and_an_address_in_use_before_it_builds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let cases = [
        (["--variable", "rate_limt=100/60s"], None, 2, "there is no setting `rate_limt`"),
        (
            ["--listen", "127.0.0.1:0"],
            Some(("SPIN_VARIABLE_RATE_LIMT", "100/60s")),
            2,
            "there is no setting `rate_limt`",
        ),
        (["--listen", &address], None, 1, "is in use"),
    ];
    for (arguments, variable, code, expected) in cases {
        let mut command = Command::new(repository::root().join("hack/up"));
        let output = command.args(arguments).envs(variable).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && stderr.contains(expected), "{}: {stderr}", output.status);
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
