//! The generated bindings of `spin:postgres@4.2.0`.

pub(super) use self::spin::postgres::postgres::*;

spin_bindings! {
    inline: "
        package runner:postgres;
        world host { import spin:postgres/postgres@4.2.0; }
    ",
    imports: { default: async | trappable },
    trappable_error_type: {
        "spin:postgres/postgres@4.2.0.error" => spin::postgres::postgres::Error,
    },
    additional_derives: [PartialEq],
    with: {
        "spin:postgres/postgres@4.2.0.connection": super::connection::Connection,
        "spin:postgres/postgres@4.2.0.connection-builder": super::connection::ConnectionBuilder,
    },
}
