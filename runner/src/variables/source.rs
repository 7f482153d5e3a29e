//! The sources of variables' values: `--variable`, the environment, a `.env` file.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::problem::Problem;

const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// One `--variable` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariableSource {
    /// `name=value`
    Literal { name: String, value: String },
    /// `name=@path`: the value is the file's text.
    TextFile { name: String, path: PathBuf },
    /// `@path.json`: an object of strings.
    JsonFile(PathBuf),
    /// `@path.toml`: a table of strings.
    TomlFile(PathBuf),
}

impl FromStr for VariableSource {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix('@') {
            let path = PathBuf::from(path);
            return match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => Ok(Self::JsonFile(path)),
                Some("toml") => Ok(Self::TomlFile(path)),
                _ => Err("a file of variables must end in .json or .toml"),
            };
        }
        let (name, value) = text.split_once('=').ok_or("expected KEY=VALUE or @FILE")?;
        let name = name.to_owned();
        Ok(match value.strip_prefix('@') {
            Some(path) => Self::TextFile { name, path: path.into() },
            None => Self::Literal { name, value: value.to_owned() },
        })
    }
}

impl VariableSource {
    pub(crate) fn read(&self) -> Result<BTreeMap<String, String>, Problem> {
        match self {
            Self::Literal { name, value } => Ok(BTreeMap::from([(name.clone(), value.clone())])),
            Self::TextFile { name, path } => Ok(BTreeMap::from([(name.clone(), read_file(path)?)])),
            Self::JsonFile(path) => serde_json::from_str(&read_file(path)?).map_err(|e| syntax(path, &e)),
            Self::TomlFile(path) => toml::from_str(&read_file(path)?).map_err(|e| syntax(path, &e)),
        }
    }
}

/// The `SPIN_VARIABLE_*` of the process, which override those of a `.env` file.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    process: HashMap<String, OsString>,
    dotenv: Option<Result<HashMap<String, String>, DotenvError>>,
}

#[derive(Debug, Clone)]
struct DotenvError {
    path: PathBuf,
    reason: String,
}

impl Environment {
    /// Like Spin, reads the environment of this process and `.env` in its working directory.
    pub(crate) fn of_process() -> Self {
        let process = std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value))).collect();
        Self::new(process, Path::new(".env"))
    }

    /// Reads the file `dotenv`, which need not exist.
    pub(crate) fn new(process: HashMap<String, OsString>, dotenv: &Path) -> Self {
        let entries = dotenvy::from_path_iter(dotenv).ok().map(|entries| {
            entries
                .collect::<Result<_, _>>()
                .map_err(|e| DotenvError { path: dotenv.to_owned(), reason: e.to_string() })
        });
        Self { process, dotenv: entries }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Problem> {
        let key = format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase());
        if let Some(value) = self.process.get(&key) {
            let value = value.clone().into_string();
            return value.map(Some).map_err(|_| Problem::VariableNotUnicode { name: name.to_owned() });
        }
        match &self.dotenv {
            None => Ok(None),
            Some(Ok(entries)) => Ok(entries.get(&key).cloned()),
            Some(Err(error)) => Err(syntax(&error.path, &error.reason)),
        }
    }
}

fn read_file(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|source| Problem::Read { path: path.to_owned(), source })
}

fn syntax(path: &Path, reason: &impl ToString) -> Problem {
    Problem::Syntax { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn arguments_have_four_forms() {
        let parse = |text: &str| text.parse::<VariableSource>();
        assert_eq!(parse("k=v=w"), Ok(VariableSource::Literal { name: "k".to_owned(), value: "v=w".to_owned() }));
        assert_eq!(parse("k=@v.txt"), Ok(VariableSource::TextFile { name: "k".to_owned(), path: "v.txt".into() }));
        assert_eq!(parse("@v.json"), Ok(VariableSource::JsonFile("v.json".into())));
        assert_eq!(parse("@v.toml"), Ok(VariableSource::TomlFile("v.toml".into())));
        assert!(parse("@v.txt").is_err());
        assert!(parse("nothing").is_err());
    }

    #[test]
    fn files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let text = VariableSource::TextFile { name: "k".to_owned(), path: write("v.txt", "line\n") };
        assert_eq!(text.read().unwrap()["k"], "line\n");
        let json = VariableSource::JsonFile(write("v.json", r#"{"k":"v"}"#));
        assert_eq!(json.read().unwrap()["k"], "v");
        let toml = VariableSource::TomlFile(write("v.toml", "k = 'v'"));
        assert_eq!(toml.read().unwrap()["k"], "v");
        let broken = VariableSource::TomlFile(write("broken.toml", "k ="));
        assert!(broken.read().unwrap_err().to_string().contains("broken.toml"));
    }

    #[test]
    fn the_process_counts_more_than_the_dotenv_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "SPIN_VARIABLE_A=file\nSPIN_VARIABLE_B=file\n").unwrap();
        let process = HashMap::from([("SPIN_VARIABLE_A".to_owned(), "process".into())]);
        let environment = Environment::new(process, &path);
        assert_eq!(environment.get("a").unwrap().as_deref(), Some("process"));
        assert_eq!(environment.get("b").unwrap().as_deref(), Some("file"));
        assert_eq!(environment.get("c").unwrap(), None);
    }

    #[test]
    fn a_value_that_is_not_utf8_is_a_problem() {
        let value = OsString::from_vec(vec![0xff]);
        let process = HashMap::from([("SPIN_VARIABLE_A".to_owned(), value)]);
        let environment = Environment::new(process, Path::new("no such file"));
        assert!(environment.get("a").unwrap_err().to_string().contains("`a`"));
    }
}
