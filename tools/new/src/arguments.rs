//! The command line.

use std::path::PathBuf;

use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
usage: hack/new NAME --org ORG [--registry HOST] [--bare] DIRECTORY

  NAME             the project, the image, the chart, the namespace: such as orders-api
  --org ORG        your organisation on GitHub and in the registry, in lower case
  --registry HOST  where images go; default: this project's registry
  --bare           leaves out the example, and puts one small resource in its place
  DIRECTORY        a new or empty directory outside this project, such as ../orders-api";

#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) name: String,
    pub(crate) organisation: String,
    pub(crate) registry: Option<String>,
    pub(crate) is_bare: bool,
    pub(crate) directory: PathBuf,
}

impl Arguments {
    /// Returns `None` for `--help`.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, String> {
        let (mut organisation, mut registry, mut is_bare) = (None, None, false);
        let mut positional = Vec::new();
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("org") => organisation = Some(text(&mut parser)?),
                Long("registry") => registry = Some(text(&mut parser)?),
                Long("bare") => is_bare = true,
                Value(value) => positional.push(value),
                other => return Err(other.unexpected().to_string()),
            }
        }
        let [name, directory] = <[_; 2]>::try_from(positional)
            .map_err(|values| format!("NAME and DIRECTORY are two values; got {}", values.len()))?;
        Ok(Some(Self {
            name: name.string().map_err(|error| error.to_string())?,
            organisation: organisation.ok_or("--org ORG is missing")?,
            registry,
            is_bare,
            directory: directory.into(),
        }))
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser.value().and_then(ValueExt::string).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        Arguments::parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn values_and_options_come_in_any_order() {
        let expected = Arguments {
            name: "shop".to_owned(),
            organisation: "acme".to_owned(),
            registry: Some("r.example".to_owned()),
            is_bare: true,
            directory: "../shop".into(),
        };
        for line in [
            "shop --org acme --registry r.example --bare ../shop",
            "--bare --org=acme shop ../shop --registry=r.example",
        ] {
            assert_eq!(parse(line).unwrap().as_ref(), Some(&expected), "{line}");
        }
        let least = parse("shop --org acme ../shop").unwrap().unwrap();
        assert_eq!((least.registry, least.is_bare), (None, false));
        assert_eq!(parse("--help"), Ok(None));
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        for (line, says) in [
            ("", "got 0"),
            ("shop --org acme", "got 1"),
            ("shop a b --org acme", "got 3"),
            ("shop ../shop", "--org"),
            ("shop ../shop --org", "--org"),
            ("shop ../shop --org acme --force", "--force"),
        ] {
            let message = parse(line).unwrap_err();
            assert!(message.contains(says), "{line}: {message}");
        }
    }
}
