//! How the app handles settings that it can't read, and settings that it can't use.

use std::sync::Mutex as SyncMutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
use axum::http::{StatusCode, header};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;
use crate::api::Application;
use crate::config::GROUPS;
use crate::metrics::Family;
use crate::ports::Unavailable;
use crate::types::{Scope, Timestamp};

/// A provider of settings that can't be reached, with a clock and the lines of the log.
#[derive(Default)]
struct World {
    millis: AtomicU64,
    reads: AtomicUsize,
    log: SyncMutex<String>,
}

#[async_trait]
impl System for World {
    fn now(&self) -> Timestamp {
        Timestamp::from(0)
    }
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.millis.load(Relaxed))
    }
    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
    fn write_stderr(&self, text: &str) {
        self.log.lock().unwrap().push_str(text);
    }
    async fn sleep(&self, _: Duration) {}
    fn spawn(&self, _: BoxFuture<'static, ()>) {}
}

impl World {
    fn unavailable(&self) -> Variables {
        self.reads.fetch_add(1, Relaxed);
        Err(Unavailable("planted: no route to the provider".into()))
    }
}

/// Settings whose values are all unusable.
fn nonsense() -> Variables {
    let settings = GROUPS.iter().flat_map(|group| group.settings);
    Ok(settings.map(|setting| (setting.name.to_owned(), "nonsense".to_owned())).collect())
}

fn get(app: &App, path: &str) -> Response<Body> {
    app.respond(Request::get(path).body(Body::empty()).unwrap()).now_or_never().unwrap()
}

struct Things;

impl Api for Things {
    const VERSION: &'static str = "1.2.3";
    const SCOPES: &'static [Scope] = &[];
    const FAMILIES: &'static [Family] = &[];
    type Settings = ();

    fn read_settings(_: &mut Reader) -> Option<()> {
        Some(())
    }

    fn routes((): &(), _: Arc<Chassis>) -> (Router, Arc<dyn Application>) {
        panic!("such settings can't be used")
    }
}

fn start(variables: Variables, world: &Arc<World>) -> App {
    App::start::<Things>(variables, |_| panic!("such settings can't be used"), world.clone())
}

#[test]
fn settings_that_cannot_be_read_are_read_again_a_second_later() {
    let world = Arc::new(World::default());
    let cell = AppCell::new();
    let app = || cell.get(async { start(world.unavailable(), &world) }).now_or_never().unwrap();
    for (millis, reads) in [(0, 1), (0, 1), (999, 1), (1000, 2), (1999, 2), (5000, 3)] {
        world.millis.store(millis, Relaxed);
        let answer = get(&app(), "/things");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{millis}");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert_eq!(world.reads.load(Relaxed), reads, "{millis}");
    }
    assert_eq!(get(&app(), "/health").status(), StatusCode::OK);
    assert_eq!(get(&app(), "/readiness").status(), StatusCode::SERVICE_UNAVAILABLE);
    let log = world.log.lock().unwrap().clone();
    assert_eq!(log.matches(r#""message":"settings could not be read""#).count(), 3, "{log}");
    assert_eq!(log.matches("planted: no route to the provider").count(), 3, "{log}");
    world.millis.store(6000, Relaxed);
    let envelope = Envelope::misconfigured(&[], world.clone());
    let mended = cell.get(async { App::new(Router::new(), envelope) }).now_or_never().unwrap();
    assert_eq!(get(&mended, "/things").status(), StatusCode::NOT_FOUND);
    world.millis.store(60_000, Relaxed);
    assert!(Arc::ptr_eq(&mended, &app()), "for good");
}

#[test]
fn settings_that_cannot_be_used_are_not_read_again() {
    let world = Arc::new(World::default());
    let cell = AppCell::new();
    let app = || cell.get(async { start(nonsense(), &world) }).now_or_never().unwrap();
    let first = app();
    let answer = get(&first, "/things");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.headers().contains_key(header::RETRY_AFTER));
    world.millis.store(60_000, Relaxed);
    assert!(Arc::ptr_eq(&first, &app()));
}
