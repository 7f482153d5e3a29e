//! The output of `hack/check/smoke`.

use std::process::Command;

use black_box::{Server, repository};

/// A row of the table.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) is_ok: bool,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) with_key: bool,
    pub(super) method: String,
    pub(super) path: String,
}

/// The table, and the exit status of the script.
pub(super) struct Report {
    pub(super) status: Option<i32>,
    pub(super) lines: Vec<Line>,
    pub(super) text: String,
}

/// The script, with this key.
pub(super) fn smoke(key: &str) -> Command {
    let mut command = Command::new(repository::root().join("hack/check/smoke"));
    // No proxy on the way to this machine.
    command.env("MINI_API_KEY", key).env("no_proxy", "*").env("NO_PROXY", "*");
    command
}

impl Report {
    /// Runs it against a server.
    pub(super) fn of(server: &Server, key: &str, arguments: &[&str]) -> Self {
        Self::parse(smoke(key).args(arguments).arg(server.client().url("/")))
    }

    /// Runs the script, and parses its output.
    pub(super) fn parse(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
        let mut rows = text.lines();
        let head: Vec<_> = rows.next().unwrap_or_default().split_whitespace().collect();
        assert_eq!(head, ["MS", "EXPECTED", "GOT", "KEY", "METHOD", "PATH"], "{text}");
        let lines = rows.map_while(line).collect();
        Self { status: output.status.code(), lines, text }
    }

    /// Panics unless exactly the expected lines have failed, and the exit status reports it.
    pub(super) fn assert_failed(&self, is_expected: impl Fn(&Line) -> bool) {
        assert!(self.lines.len() > 15, "{}", self.text);
        let wrong: Vec<_> = self.lines.iter().filter(|line| line.is_ok == is_expected(line)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let failed = self.lines.iter().filter(|line| !line.is_ok).count();
        assert_eq!(self.status, Some(i32::from(failed > 0)), "{}", self.text);
        let last = self.text.trim_end().lines().last().unwrap_or_default();
        assert_eq!(last, if failed > 0 { format!("{failed} failed") } else { "all passed".to_owned() });
    }
}

/// Parses a row. Two spaces separate columns.
fn line(row: &str) -> Option<Line> {
    let columns: Vec<_> = row.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
    let [verdict, ms, expected, got, key, method, path] = columns[..] else { return None };
    assert!(ms.parse::<u32>().is_ok() && ["ok", "FAILED"].contains(&verdict) && ["key", "-"].contains(&key), "{row}");
    Some(Line {
        is_ok: verdict == "ok",
        expected: expected.to_owned(),
        got: got.to_owned(),
        with_key: key == "key",
        method: method.to_owned(),
        path: path.to_owned(),
    })
}
