//! Values in nginx's configuration that must match other files.

use std::time::Duration;

use black_box::{internal, repository};

use super::{read, services, stage, texts};

/// The only value of a directive.
fn directive(name: &str) -> String {
    let text = read("deploy/nginx.conf");
    let values: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix(&format!("{name} "))).collect();
    let [value] = values[..] else { panic!("{name}: {values:?}") };
    value.trim_end_matches(';').to_owned()
}

/// The value of a constant, which is defined as a product.
fn constant(path: &str, name: &str) -> usize {
    let text = read(path);
    let line = text.lines().find_map(|line| line.split_once(&format!("const {name}: usize = "))).unwrap().1;
    line.trim_end_matches(';').split('*').map(|factor| factor.trim().parse::<usize>().unwrap()).product()
}

#[test]
fn its_body_limit_is_that_of_the_component() {
    let most = constant("chassis/src/http/body.rs", "MAX_BODY_BYTES");
    for name in ["client_max_body_size", "client_body_buffer_size"] {
        assert_eq!(directive(name), format!("{}k", most / 1024), "{name}");
    }
    assert!(read("deploy/nginx/problems.conf").contains(&format!("may have {most} bytes")), "{most}");
}

#[test]
fn it_takes_over_the_ids_that_the_component_would() {
    let longest = constant("chassis/src/http/envelope.rs", "MAX_REQUEST_ID_LENGTH");
    assert!(read("deploy/nginx.conf").contains(&format!("[A-Za-z0-9._-]{{1,{longest}}}$")), "{longest}");
}

#[test]
fn it_waits_longer_than_the_api_does() {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let deadline = manifest["variables"]["request_timeout"]["default"].as_str().unwrap();
    let (deadline, patience) =
        (humantime::parse_duration(deadline), humantime::parse_duration(&directive("proxy_read_timeout")));
    let (deadline, patience) = (deadline.unwrap(), patience.unwrap());
    assert!(patience >= deadline + Duration::from_secs(5), "{patience:?} for {deadline:?}");
}

#[test]
fn its_connections_fit_into_the_open_files() {
    let number = |name: &str| directive(name).parse::<u64>().unwrap();
    let files = number("worker_rlimit_nofile");
    assert!(files >= 2 * number("worker_connections"), "too few files for buffered responses");
    // Only root can raise the hard limit.
    assert!(services()["nginx"]["ulimits"]["nofile"].as_u64().unwrap() >= files);
}

#[test]
fn it_hides_what_every_other_gateway_does() {
    let text = read("deploy/nginx.conf");
    let locations = text.split("location ").skip(1).filter_map(|location| location.split_once(" {"));
    let hidden: Vec<_> = locations.filter(|(_, block)| block.trim_start().starts_with("return 404;")).collect();
    let mut expected: Vec<_> = internal::PATHS.iter().map(|path| format!("= {path}")).collect();
    expected.push(format!("^~ {}", internal::PREFIX));
    assert_eq!(hidden.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>(), expected);
}

#[test]
fn it_asks_the_replicas_and_listens_where_the_port_is_published() {
    let port = stage("production").all("EXPOSE")[0].to_owned();
    for (file, service) in [("servers.conf", "api"), ("next.conf", "api-next")] {
        let servers = read(&format!("deploy/nginx/{file}"));
        let servers: Vec<_> = servers.lines().filter(|line| line.starts_with("server ")).collect();
        assert_eq!(servers.len(), 1, "{servers:?}");
        assert!(servers[0].starts_with(&format!("server {service}:{port} resolve ")), "{servers:?}");
        assert!(services().contains_key(service), "{service}");
    }
    let nginx = &services()["nginx"];
    assert_eq!(read("deploy/nginx/listen.conf"), "listen 8080;\n");
    assert!(texts(&nginx["ports"])[0].ends_with(":8080"));
    let command = texts(&nginx["entrypoint"]);
    let [_, prefix] = command[1..3] else { panic!("{command:?}") };
    assert!(
        texts(&nginx["tmpfs"]).iter().any(|tmpfs| tmpfs.starts_with(&format!("{prefix}:"))),
        "{prefix} is writable"
    );
    assert_eq!(command[3..5], ["-c", "/etc/nginx/mini-api/nginx.conf"]);
    let mounts = texts(&nginx["volumes"]);
    for mount in ["nginx.conf:/etc/nginx/mini-api/nginx.conf:ro", "nginx:/etc/nginx/mini-api/nginx:ro"] {
        assert!(mounts.contains(&format!("./deploy/{mount}").as_str()), "{mount}");
    }
}
