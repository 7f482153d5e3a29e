//! Maps paths to components.

use std::fmt;

use routefinder::RouteSpec;

/// Paths under this prefix belong to the runtime, never to a component.
pub(crate) const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// The routes of an application. An exact route precedes a wildcard, and a longer wildcard a shorter one.
#[derive(Debug, Default)]
pub(crate) struct Router(routefinder::Router<Route>);

#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) component: String,
    /// The route as in the manifest.
    raw: String,
    /// The route with a leading slash and without a trailing one.
    absolute: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RouteError {
    #[error("it is not valid: {0}")]
    Syntax(String),
    #[error("another trigger has the same route")]
    Duplicate,
    #[error("paths under {WELL_KNOWN_PREFIX} are answered by the runtime")]
    Reserved,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RouteMatch<'a> {
    pub(crate) component: &'a str,
    /// The route as in the manifest.
    pub(crate) raw: &'a str,
    /// The route with a leading slash and without a trailing one.
    pub(crate) absolute: &'a str,
    /// What the wildcard matches, with its leading slash; empty without a wildcard.
    pub(crate) trailing: String,
    /// The named segments, such as `:user`.
    pub(crate) named: Vec<(String, String)>,
}

impl Router {
    /// Adds a route of the manifest, such as `/exact`, `/below/...` or `/users/:id`.
    pub(crate) fn add(&mut self, raw: &str, component: &str) -> Result<(), RouteError> {
        let absolute = absolute(raw);
        if absolute.starts_with(WELL_KNOWN_PREFIX) {
            return Err(RouteError::Reserved);
        }
        if self.0.iter().any(|(_, route)| route.absolute == absolute) {
            return Err(RouteError::Duplicate);
        }
        let spec = match absolute.strip_suffix("/...") {
            Some(prefix) => format!("{prefix}/*"),
            None => absolute.clone(),
        };
        let spec: RouteSpec = spec.parse().map_err(RouteError::Syntax)?;
        let route = Route { component: component.to_owned(), raw: raw.to_owned(), absolute };
        self.0.add(spec, route).map_err(|error| RouteError::Syntax(error.to_string()))
    }

    pub(crate) fn find<'a>(&'a self, path: &str) -> Option<RouteMatch<'a>> {
        let found = self.0.best_match(path)?;
        let captures = found.captures();
        let route = found.handler();
        let named = captures.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        Some(RouteMatch {
            component: &route.component,
            raw: &route.raw,
            absolute: &route.absolute,
            trailing: captures.wildcard().map(|rest| with_slashes(rest, path)).unwrap_or_default(),
            named: named.collect(),
        })
    }

    /// Returns the routes in the order in which Spin lists them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.0.iter().map(|(_, route)| route)
    }

    pub(crate) fn serves(&self, component: &str) -> bool {
        self.routes().any(|route| route.component == component)
    }
}

/// Spin lists a wildcard as a word, not as a path.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = ["/...", "/*"];
        let prefix = wildcard.iter().find_map(|end| self.absolute.strip_suffix(end));
        match prefix {
            Some(prefix) => write!(f, "{prefix} (wildcard)"),
            None => f.write_str(&self.absolute),
        }
    }
}

fn absolute(raw: &str) -> String {
    let slash = if raw.starts_with('/') { "" } else { "/" };
    let path = format!("{slash}{raw}");
    path.strip_suffix('/').map(str::to_owned).unwrap_or(path)
}

/// Restores the slashes around what a wildcard matches: routefinder drops them, Spin keeps them.
fn with_slashes(rest: &str, path: &str) -> String {
    let end = if path.ends_with('/') { "/" } else { "" };
    let start = if rest.is_empty() { "" } else { "/" };
    format!("{start}{rest}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        let mut router = Router::default();
        for (route, component) in routes {
            router.add(route, component).unwrap();
        }
        router
    }

    #[test]
    fn the_most_exact_route_wins() {
        let router = router(&[
            ("/...", "all"),
            ("/api/...", "api"),
            ("/api/health", "health"),
            ("/", "root"),
            ("/users/:id", "user"),
        ]);
        for (path, component) in [
            ("/", "root"),
            ("/x", "all"),
            ("/api", "api"),
            ("/api/x/y", "api"),
            ("/api/health", "health"),
            ("/users/7", "user"),
        ] {
            assert_eq!(router.find(path).unwrap().component, component, "{path}");
        }
    }

    #[test]
    fn a_path_without_a_route_has_none() {
        let router = router(&[("/api", "api")]);
        assert!(router.find("/other").is_none());
        assert!(router.find("/api/x").is_none());
    }

    #[test]
    fn a_match_tells_what_the_wildcard_stands_for() {
        let router = router(&[("/api/...", "api"), ("/exact", "exact")]);
        for (path, trailing) in [("/api", ""), ("/api/", "/"), ("/api/a/b", "/a/b"), ("/api/a/", "/a/"), ("/exact", "")]
        {
            assert_eq!(router.find(path).unwrap().trailing, trailing, "{path}");
        }
    }

    #[test]
    fn routes_are_listed_as_spin_lists_them() {
        let router = router(&[("/...", "a"), ("/api/...", "b"), ("/exact", "c")]);
        let mut listed: Vec<_> = router.routes().map(ToString::to_string).collect();
        listed.sort();
        assert_eq!(listed, [" (wildcard)", "/api (wildcard)", "/exact"]);
    }

    #[test]
    fn doubles_and_reserved_paths_are_refused() {
        let mut router = router(&[("/api", "a")]);
        assert!(matches!(router.add("/api", "b"), Err(RouteError::Duplicate)));
        assert!(matches!(router.add("api/", "b"), Err(RouteError::Duplicate)));
        let reserved = router.add("/.well-known/spin/health", "b");
        assert!(matches!(reserved, Err(RouteError::Reserved)));
        assert!(router.add("/.well-known/other", "b").is_ok());
    }
}
