//! The generated bindings of `spin:key-value@3.0.0`.

pub(super) use self::spin::key_value::key_value::*;

spin_bindings! {
    inline: "
        package runner:key-value;
        world host { import spin:key-value/key-value@3.0.0; }
    ",
    imports: { default: async | trappable },
    trappable_error_type: {
        "spin:key-value/key-value@3.0.0.error" => spin::key_value::key_value::Error,
    },
    additional_derives: [PartialEq],
    with: {
        "spin:key-value/key-value@3.0.0.store": super::store::Store,
    },
}
