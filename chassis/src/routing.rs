//! The table of an API's routes: [`routes!`].

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on_service};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use crate::http::{Access, Endpoint};

/// Lists handlers by [`Access`]. Defines `router(chassis, state)`, and for the OpenAPI document `described()`.
#[macro_export]
macro_rules! routes {
    ($state:ty; $($access:expr => { $($module:ident::$handler:ident),+ $(,)? })+) => { $crate::pastey::paste! {
        pub fn router(chassis: &$crate::Chassis, state: &$state) -> axum::Router {
            let router = axum::Router::new();
            $(
                let endpoint = chassis.endpoint($access);
                $(
                    let router = $crate::routing::add::<$module::[<__path_ $handler>], _, _, _>(
                        router, $module::$handler, state, &endpoint,
                    );
                )+
            )+
            router
        }

        pub fn described() -> Vec<$crate::routing::Described> {
            vec![$($($crate::routing::describe::<$module::[<__path_ $handler>]>($access)),+),+]
        }
    } };
}

pub struct Described {
    pub path: String,
    pub methods: Vec<HttpMethod>,
    pub operation: Operation,
    pub access: Access,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

/// Adds a handler with its state, so that a component has the code of one type of router only.
pub fn add<P, H, T, S>(router: Router, handler: H, state: &S, endpoint: &Arc<Endpoint>) -> Router
where
    P: utoipa::Path,
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let handlers = on_service(filter(&P::methods()), handler.with_state(state.clone()));
    router.route(&P::path(), endpoint.wrap(handlers))
}

pub fn describe<'a, P>(access: Access) -> Described
where
    P: utoipa::Path + utoipa::__dev::SchemaReferences + utoipa::__dev::Tags<'a>,
{
    let mut schemas = Vec::new();
    P::schemas(&mut schemas);
    let mut operation = P::operation();
    operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
    Described { path: P::path(), methods: P::methods(), operation, access, schemas }
}

fn filter(methods: &[HttpMethod]) -> MethodFilter {
    let filters = methods.iter().map(|method| match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    });
    filters.reduce(MethodFilter::or).unwrap_or(MethodFilter::GET)
}
