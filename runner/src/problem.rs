//! Problems that keep an application from starting. The runner collects them, to show all of them at once.

use std::fmt;
use std::path::PathBuf;

/// Each names the key, name or path at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },

    #[error("cannot make the folder {}: {source}", path.display())]
    MakeFolder { path: PathBuf, source: std::io::Error },

    #[error("{} is not valid: {reason}", path.display())]
    Syntax { path: PathBuf, reason: String },

    #[error("unknown key `{key}` in {} (Spin may know it, the runner does not)", path.display())]
    UnknownKey { path: PathBuf, key: String },

    #[error("`{key}` is {found:?}; {expected} (Spin may know more, the runner does not)")]
    Unsupported { key: String, found: String, expected: &'static str },

    #[error("no component has the profile `{profile}`")]
    UnknownProfile { profile: String },

    #[error("`{name}` is no valid {what}: {reason}")]
    InvalidName { what: &'static str, name: String, reason: &'static str },

    #[error("variable `{name}` needs either `required = true` or a `default`, and not both")]
    VariableDeclaration { name: String },

    #[error(
        "variable `{name}` is required and has no value: set SPIN_VARIABLE_{} or pass --variable",
        name.to_ascii_uppercase()
    )]
    MissingVariable { name: String },

    #[error("variable `{name}` has a value in the environment that is not UTF-8")]
    VariableNotUnicode { name: String },

    #[error("`{key}`: {reason}")]
    Template { key: String, reason: String },

    #[error("`{key}` holds {value:?}, which is no allowed host: {reason}")]
    AllowedHost { key: String, value: String, reason: String },

    #[error("component `{component}` uses the {kind} `{label}`, which the runtime configuration lacks")]
    UndeclaredStore { component: String, kind: &'static str, label: String },

    #[error("trigger for route {route:?} names the component `{component}`, which does not exist")]
    UnknownComponent { route: String, component: String },

    #[error("route {route:?}: {reason}")]
    Route { route: String, reason: String },

    #[error("the manifest has no [[trigger.http]]")]
    NoTrigger,

    #[error("component `{component}` has no file at {}: build it first", file.display())]
    NoSource { component: String, file: PathBuf },
}

/// At least one problem.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application cannot start")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}
