/// A setting, which `hack/generate` writes into every file that lists settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub doc: &'static str,
    pub is_secret: bool,
    /// `docs-ui` gets it too.
    pub is_for_docs_ui: bool,
    /// Not in generated lists of manifests: the value comes from the pod, the runtime, or another's Secret.
    pub is_by_hand: bool,
    /// Without it in the ConfigMap a pod does not start: its default would open other data, or to others.
    pub is_required: bool,
}

/// Settings of one heading of `docs/settings.md`.
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

/// A component has no use for the text.
pub const fn doc(text: &'static str) -> &'static str {
    if cfg!(target_family = "wasm") { "" } else { text }
}

/// Declares a constant for each setting, and `GROUPS`. A doc comment is the text of `docs/settings.md`. The name and
/// the default come first, then those fields of [`Setting`] that are true.
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
