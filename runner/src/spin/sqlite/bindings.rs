//! The generated bindings of `spin:sqlite@3.1.0`.

pub(super) use self::spin::sqlite::sqlite::*;

spin_bindings! {
    inline: "
        package runner:sqlite;
        world host { import spin:sqlite/sqlite@3.1.0; }
    ",
    imports: { default: async | trappable },
    trappable_error_type: {
        "spin:sqlite/sqlite@3.1.0.error" => spin::sqlite::sqlite::Error,
    },
    with: {
        "spin:sqlite/sqlite@3.1.0.connection": super::connection::Connection,
    },
}
