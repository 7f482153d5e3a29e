//! The stages of the Dockerfile.

use black_box::{Options, Server, repository};

use super::{is_pinned, read, stage, stages};

#[test]
fn every_image_is_pinned() {
    let stages = stages();
    for (index, stage) in stages.iter().enumerate() {
        let is_earlier = stages[..index].iter().any(|earlier| earlier.name == stage.image);
        assert!(is_earlier || is_pinned(&stage.image), "{} begins with {}", stage.name, stage.image);
        for copied in stage.all("COPY").iter().filter_map(|copy| copy.split("--from=").nth(1)) {
            let from = copied.split(' ').next().unwrap();
            assert!(stages[..index].iter().any(|earlier| earlier.name == from), "{} copies from {from}", stage.name);
        }
    }
    assert!(!read("Dockerfile").contains("# syntax="), "it names an image that nothing pins");
}

#[test]
fn production_is_the_last_and_runs_nothing_while_it_is_built() {
    let stages = stages();
    let last = stages.last().unwrap();
    assert_eq!(last.name, "production");
    assert!(last.image.contains("distroless"), "{}", last.image);
    assert!(last.all("RUN").is_empty(), "there is no shell");
}

#[test]
fn both_images_run_alike_and_as_nobody() {
    let (staging, production) = (stage("staging"), stage("production"));
    for name in ["ENV", "USER", "WORKDIR", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"] {
        assert_eq!(staging.all(name), production.all(name), "{name}");
        assert_eq!(production.all(name).len(), 1, "{name}");
    }
    assert_eq!(production.all("USER"), ["1001:1001"]);
    for name in ["HEALTHCHECK", "ENTRYPOINT", "CMD"] {
        assert!(production.all(name)[0].contains("[\"") && !production.all(name)[0].contains("sh"), "{name}");
    }
}

/// With the default, `development`, an image without settings would accept SQLite, demo data and short keys.
#[test]
fn no_secret_is_in_an_image_and_no_setting_but_that_it_is_production() {
    const SETTING: &str = "SPIN_VARIABLE_APP_ENV=production";
    assert!(stage("production").all("ENV")[0].contains(SETTING));
    for stage in stages() {
        for name in ["ENV", "ARG"] {
            for arguments in stage.all(name) {
                let arguments = arguments.replace(SETTING, "");
                for word in ["SPIN_VARIABLE", "KEY", "PASSWORD", "TOKEN", "SECRET"] {
                    assert!(!arguments.contains(word), "{name} {arguments}");
                }
            }
        }
    }
}

#[test]
fn the_application_is_whole() {
    let (build, staging) = (stage("build"), stage("staging"));
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    for component in manifest["component"].as_table().unwrap().values() {
        let source = component["profile"]["spin-4-0"]["source"].as_str().unwrap();
        let (directory, file) = source.rsplit_once('/').unwrap();
        // The build directory is a cache, which no other stage sees.
        assert!(build.all("RUN").iter().any(|run| run.contains("=/built") && run.contains(source)), "{source}");
        let is_copied =
            |copy: &&&str| copy.contains(&format!("/built/{file} ")) && copy.ends_with(&format!("/app/{directory}/"));
        assert!(staging.all("COPY").iter().any(|copy| is_copied(&copy)), "{source} is not in the image");
    }
}

#[tokio::test]
async fn spin_writes_no_log_files_which_nobody_would_cut() {
    let (staging, path) = (stage("staging"), "deploy/runtime-config.toml");
    assert!(staging.all("COPY").contains(&format!("{path} /app/").as_str()));
    assert!(staging.all("ENV")[0].contains("RUNTIME_CONFIG_FILE=/app/runtime-config.toml"));
    let path = repository::root().join(path);
    let server = Server::start(Options::guest().flag("--runtime-config-file", path.to_str().unwrap())).await;
    assert!(!server.state_dir().path().join("logs").exists());
}

#[test]
fn what_spin_keeps_of_a_request_head_is_more_than_nginx_passes_on_and_bounded() {
    const NGINX_PASSES: usize = 4 * 8 * 1024;
    let environment = stage("production").all("ENV")[0].to_owned();
    let bound = environment.split(' ').find_map(|variable| variable.strip_prefix("SPIN_HTTP1_MAX_BUF_SIZE="));
    let bound: usize = bound.expect("a bound").parse().unwrap();
    assert!((2 * NGINX_PASSES..=100_000).contains(&bound), "{bound}");
}

#[test]
fn spin_gives_up_an_answer_that_nobody_reads_but_later_than_the_api_gives_up_a_request() {
    let command: Vec<String> = serde_json::from_str(stage("production").all("CMD")[0]).unwrap();
    let at = command.iter().position(|argument| argument == "--request-timeout").expect("a timeout");
    // Whole seconds, because Spin 4.0.1 does not parse `ms`.
    let timeout: u64 = command[at + 1].strip_suffix('s').expect("seconds").parse().unwrap();
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let deadline = manifest["variables"]["request_timeout"]["default"].as_str().unwrap();
    let deadline = humantime::parse_duration(deadline).unwrap().as_secs();
    assert!((deadline + 5..=60).contains(&timeout), "{timeout} s for {deadline} s");
}

#[test]
fn spin_is_a_version_whose_digest_is_known() {
    let spin = stage("spin");
    let version = spin.all("ARG").iter().find_map(|arg| arg.strip_prefix("SPIN_VERSION=")).unwrap().to_owned();
    let installer = read("hack/tools/spin");
    for architecture in ["amd64", "aarch64"] {
        assert!(installer.contains(&format!("{version}-{architecture})")), "{version} for {architecture}");
    }
    let mirror = "MINI_API_SPIN_RELEASES";
    assert!(spin.all("ARG").contains(&mirror) && installer.contains(&format!("${{{mirror}:-")), "no mirror");
}

#[test]
fn the_toolchain_is_that_of_the_workspace() {
    let workspace = repository::read_toml(&repository::root().join("Cargo.toml"));
    let version = workspace["workspace"]["package"]["rust-version"].as_str().unwrap();
    for name in ["build", "spin"] {
        assert!(stage(name).image.starts_with(&format!("rust:{version}.")), "{name}");
    }
}
