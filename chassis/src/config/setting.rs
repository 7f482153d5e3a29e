//! What a setting is, and how a table of them is declared.

/// A Spin variable. `hack/generate` writes it into every file that lists settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub doc: &'static str,
    pub is_secret: bool,
    /// Whether the component `docs-ui` gets it too.
    pub is_for_docs_ui: bool,
    /// Whether the generated parts of manifests and compose file leave it out, because the value comes from the pod,
    /// the runtime, or a Secret of another program.
    pub is_by_hand: bool,
    /// Whether the ConfigMap has to have it. A pod that can't read it does not start: its default would open other
    /// data, or to others.
    pub is_required: bool,
}

/// Settings under one heading of `docs/settings.md`, in their order on the page.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub heading: &'static str,
    pub settings: &'static [Setting],
}

impl Setting {
    pub const fn new(name: &'static str, default: &'static str) -> Self {
        Self { name, default, doc: "", is_secret: false, is_for_docs_ui: false, is_by_hand: false, is_required: false }
    }
}

/// The text for the docs, which a component has no use for.
pub const fn doc(text: &'static str) -> &'static str {
    if cfg!(target_family = "wasm") { "" } else { text }
}

/// Declares settings: a constant for each, and `GROUPS` with all of them. A doc comment is the text for
/// `docs/settings.md`. The name and the default come first, then those fields of [`Setting`] that are true.
#[macro_export]
macro_rules! settings {
    ($($heading:literal { $($(#[doc = $doc:literal])+ $constant:ident = ($name:literal, $default:literal $(, $flag:ident)*);)+ })+) => {
        $($(
            $(#[doc = $doc])+
            pub const $constant: $crate::config::Setting = $crate::config::Setting {
                doc: $crate::config::doc(concat!($($doc),+)),
                $($flag: true,)*
                ..$crate::config::Setting::new($name, $default)
            };
        )+)+

        /// Every setting of this table.
        pub const GROUPS: &[$crate::config::Group] =
            &[$($crate::config::Group { heading: $heading, settings: &[$($constant),+] }),+];
    };
}
