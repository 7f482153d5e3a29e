//! What only `app_env = development` allows.

use super::*;

#[test]
fn sqlite_outside_of_development_needs_a_word_of_its_own() {
    for (database, app_env, is_taken) in [
        ("sqlite", "development", true),
        ("sqlite", "development\n", true),
        ("sqlite", "production", false),
        ("sqlite", "Development", false),
        ("sqlite", "", false),
        ("persistent-sqlite", "production", true),
        ("persistent-sqlite", "development", true),
    ] {
        let found = read(&[("database", database), ("app_env", app_env)]);
        assert_eq!(found.is_ok(), is_taken, "{database} in {app_env:?}: {found:?}");
    }
    let expected = ["database can be sqlite only where app_env is development: use postgres, or persistent-sqlite if \
        the state directory outlives the process"];
    assert_eq!(problems(&[("database", "sqlite")]), expected);
}

#[test]
fn an_empty_flag_of_development_is_true_there_alone() {
    const FLAG: Setting = Setting::new("flag", "");
    for (app_env, text, expected) in [
        ("development", "", Some(true)),
        ("production", "", Some(false)),
        ("development", "false", Some(false)),
        ("production", "true", Some(true)),
        ("production", "yes", None),
    ] {
        let mut reader = Reader::new(variables(HashMap::from([("app_env", app_env), ("flag", text)])));
        assert_eq!(reader.flag_in_development(&FLAG), expected, "{text:?} in {app_env}");
    }
}
