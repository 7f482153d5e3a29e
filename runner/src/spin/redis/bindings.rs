//! The generated bindings of `spin:redis@3.0.0`.

pub(super) use self::spin::redis::redis::*;

spin_bindings! {
    inline: "
        package runner:redis;
        world host { import spin:redis/redis@3.0.0; }
    ",
    imports: { default: async | trappable },
    trappable_error_type: {
        "spin:redis/redis@3.0.0.error" => spin::redis::redis::Error,
    },
    additional_derives: [PartialEq],
    with: {
        "spin:redis/redis@3.0.0.connection": super::connection::Connection,
    },
}
