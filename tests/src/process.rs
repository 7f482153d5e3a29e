//! Process groups: `spin up` is a parent with a child, and both have to stop.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The groups to stop when the test run is interrupted.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static STOP_WITH_THE_TESTS: Once = Once::new();

/// A child that leads a process group. Dropping it kills the whole group.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    leader: Child,
    id: Pid,
}

impl ProcessGroup {
    /// Starts the command, which must set `process_group(0)`.
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        STOP_WITH_THE_TESTS.call_once(|| {
            ctrlc::set_handler(stop_all).expect("the first handler of signals");
        });
        let leader = command.spawn()?;
        let id = Pid::from_raw(leader.id().try_into().expect("a process id fits"));
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).insert(id.as_raw());
        Ok(Self { leader, id })
    }

    pub(crate) fn leader(&mut self) -> &mut Child {
        &mut self.leader
    }

    /// Returns the exit status of the leader, if it has ended.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        self.leader.try_wait().expect("the state of a child")
    }

    /// Sends SIGTERM to the leader alone, as a container runtime does, and waits for its end.
    pub(crate) async fn terminate(&mut self, bound: Duration) -> Option<ExitStatus> {
        kill(self.id, Signal::SIGTERM).expect("a running child");
        let deadline = Instant::now() + bound;
        loop {
            match self.status() {
                None if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                status => return status,
            }
        }
    }

    /// Resets the peak memory of each process of the group (proc_pid_clear_refs(5)).
    pub(crate) fn reset_peak_memory(&self) {
        for process in self.processes() {
            std::fs::write(process.join("clear_refs"), "5").expect("a process of ours");
        }
    }

    /// Sums the peak memory of the processes of the group, in KiB (`VmHWM` in proc_pid_status(5)).
    pub(crate) fn peak_memory(&self) -> u64 {
        let peak = |process: PathBuf| {
            let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        self.processes().into_iter().filter_map(peak).sum()
    }

    fn processes(&self) -> Vec<PathBuf> {
        let is_member = |process: &PathBuf| {
            let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
            // The fields after the name, which may contain any character: state, parent, group.
            let group = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(2));
            group == Some(&self.id.to_string())
        };
        let entries = std::fs::read_dir("/proc").expect("processes").filter_map(Result::ok);
        entries.map(|entry| entry.path()).filter(is_member).collect()
    }

    /// Sends SIGKILL to the whole group and waits for the leader.
    pub(crate) fn kill(&mut self) {
        // The group may have ended.
        let _ = killpg(self.id, Signal::SIGKILL);
        let _ = self.leader.wait();
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id.as_raw());
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

fn stop_all() {
    for id in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = killpg(Pid::from_raw(*id), Signal::SIGKILL);
    }
    std::process::exit(130);
}
