//! The images that run.

use std::fs;

use black_box::repository;
use serde_json::json;

use super::super::objects::{Objects, list, text};
use super::super::render;
use super::{Fixture, Policy};

const REPOSITORY: &str = "ghcr.io/mini-api/mini-api";
/// The overlays that Flux deploys.
const DEPLOYED: [&str; 2] = ["k8s/overlays/staging", "k8s/overlays/production"];

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "images have a tag that is a version",
        broken: floating,
        fixtures: &[
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["image"] = json!(REPOSITORY),
                says: "mini-api has no version",
            },
            Fixture {
                change: |objects| {
                    objects.get_mut("SpinApp", "mini-api")["spec"]["image"] = json!(format!("{REPOSITORY}:latest"));
                },
                says: ":latest has no version",
            },
            Fixture {
                change: |objects| {
                    let pod = &mut objects.get_mut("Deployment", "mini-api-redis")["spec"]["template"]["spec"];
                    pod["containers"][0]["image"] = json!("docker.io/library/redis@sha256:00");
                },
                says: "redis@sha256:00 has no version",
            },
        ],
    },
    Policy {
        name: "the application is this one",
        broken: foreign,
        fixtures: &[Fixture {
            change: |objects| {
                objects.get_mut("SpinApp", "mini-api")["spec"]["image"] = json!("ghcr.io/mini-api/other:0.1.0");
            },
            says: "ghcr.io/mini-api/other:0.1.0",
        }],
    },
];

fn images(objects: &Objects) -> Vec<&str> {
    let own = text(objects.spin_app(), "/spec/image");
    let pods = objects.of("Deployment").flat_map(|pod| list(pod, "/spec/template/spec/containers"));
    let clusters = objects.of("Cluster").map(|cluster| text(cluster, "/spec/imageName"));
    pods.map(|container| text(container, "/image")).chain(clusters).chain([own]).collect()
}

fn floating(objects: &Objects) -> Vec<String> {
    let images = images(objects).into_iter();
    images.filter(|image| !is_pinned(image)).map(|image| format!("{image} has no version")).collect()
}

/// Whether there is a tag that begins like a version. A digest may follow it.
fn is_pinned(image: &str) -> bool {
    let (reference, digest) =
        image.split_once('@').map_or((image, None), |(reference, digest)| (reference, Some(digest)));
    let tag = reference.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    let is_version = tag.is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.'));
    let is_digest = |digest: &str| digest.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64);
    is_version && digest.is_none_or(is_digest)
}

fn foreign(objects: &Objects) -> Vec<String> {
    let image = text(objects.spin_app(), "/spec/image");
    let is_ours = image.strip_prefix(REPOSITORY).is_some_and(|rest| rest.starts_with(':'));
    if is_ours { Vec::new() } else { vec![image.to_owned()] }
}

/// The image that Flux replaces with the next version, and the policy that selects it.
fn marked(text: &str) -> Option<(&str, &str)> {
    let line = text.lines().find(|line| line.trim_start().starts_with("image: "))?;
    let (image, marker) = line.trim_start().strip_prefix("image: ")?.split_once(" # ")?;
    let policy = marker.strip_prefix(r#"{"$imagepolicy": ""#)?.strip_suffix(r#""}"#)?;
    Some((image, policy))
}

#[test]
fn flux_finds_where_to_write_the_next_version() {
    for overlay in DEPLOYED {
        let text = fs::read_to_string(repository::root().join(overlay).join("image.yaml")).unwrap();
        let (image, policy) = marked(&text).unwrap_or_else(|| panic!("{overlay}: no marker"));
        assert_eq!(image, self::text(render::rendered(overlay).spin_app(), "/spec/image"), "{overlay}");
        let cluster = overlay.replace("k8s/overlays", "k8s/flux/clusters");
        let (namespace, name) = policy.split_once(':').unwrap();
        let found = render::rendered(&cluster).find("ImagePolicy", name);
        let found = found.unwrap_or_else(|| panic!("{cluster} has no policy {name}"));
        assert_eq!(self::text(found, "/metadata/namespace"), namespace);
    }
}

#[test]
fn a_line_without_a_marker_is_none() {
    for line in ["image: a:1.0", "image: a:1.0 # the newest", "# image: a:1.0 # {\"$imagepolicy\": \"a:b\"}"] {
        assert_eq!(marked(line), None, "{line}");
    }
    assert_eq!(marked("  image: a:1.0 # {\"$imagepolicy\": \"a:b\"}"), Some(("a:1.0", "a:b")));
}
