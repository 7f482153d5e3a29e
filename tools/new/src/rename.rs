//! Replaces a project's names in a text.

use crate::identity::Identity;

/// Replaces one project's names by another's. It reads a text once, so a new name may contain the old one.
pub(crate) struct Renamer {
    old: Identity,
    new: Identity,
}

/// The number of bytes to replace, and the new text.
type Replacement = (usize, String);

impl Renamer {
    pub(crate) fn new(old: &Identity, new: &Identity) -> Self {
        Self { old: old.clone(), new: new.clone() }
    }

    pub(crate) fn new_name(&self) -> &str {
        &self.new.name
    }

    /// Replaces every name in the text. A name inside a longer word stays.
    pub(crate) fn rename(&self, text: &str) -> String {
        let mut renamed = String::with_capacity(text.len());
        let (mut before, mut rest) = text.split_at(0);
        while let Some(character) = rest.chars().next() {
            let found = self.registry(before, rest).or_else(|| self.organisation(before, rest));
            let found = found.or_else(|| self.name(before, rest));
            let (length, replacement) = found.unwrap_or_else(|| (character.len_utf8(), character.to_string()));
            renamed.push_str(&replacement);
            (before, rest) = text.split_at(before.len() + length);
        }
        renamed
    }

    /// Replaces the registry's host and an organisation after it, unless another owner's image follows.
    fn registry(&self, before: &str, rest: &str) -> Option<Replacement> {
        let after = rest.strip_prefix(&self.old.registry)?;
        let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
        if before.ends_with(is_part) || after.starts_with(|c: char| is_part(c) || c == ':') {
            return None;
        }
        let organisation = format!("/{}", self.old.organisation);
        if after.strip_prefix(&organisation).is_some_and(|after| !after.starts_with(is_word)) {
            let replacement = format!("{}/{}", self.new.registry, self.new.organisation);
            return Some((self.old.registry.len() + organisation.len(), replacement));
        }
        let is_others = after.starts_with('/') && after.chars().nth(1).is_some_and(char::is_alphanumeric);
        (!is_others).then(|| (self.old.registry.len(), self.new.registry.clone()))
    }

    /// Replaces the organisation where it is an owner: after GitHub's host, or before the project's name.
    fn organisation(&self, before: &str, rest: &str) -> Option<Replacement> {
        let after = rest.strip_prefix(&self.old.organisation)?.strip_prefix('/')?;
        // As it stands in a URL and in a regular expression.
        let is_on_github = ["github.com", r"github\.com"]
            .iter()
            .any(|host| before.strip_suffix(['/', ':']).is_some_and(|before| before.ends_with(host)));
        let is_owner = !before.ends_with(|c: char| is_word(c) || "/.\\$}".contains(c))
            && after.strip_prefix(&self.old.name).is_some_and(|after| !after.starts_with(char::is_alphanumeric));
        (is_on_github || is_owner).then(|| (self.old.organisation.len(), self.new.organisation.clone()))
    }

    /// Replaces the name in each of its forms: `my-api`, `my_api`, `MY_API`, `MyApi`, `myapi`, `My API`.
    fn name(&self, before: &str, rest: &str) -> Option<Replacement> {
        if before.ends_with(char::is_alphanumeric) {
            return None;
        }
        ["-", "_", " ", ""].into_iter().find_map(|separator| {
            let old = self.old.name.replace('-', separator);
            let found = rest.get(..old.len()).filter(|found| found.eq_ignore_ascii_case(&old))?;
            let case = Case::of(found);
            let after = rest.get(old.len()..).unwrap_or_default();
            is_whole(before, found, after, case).then(|| {
                let is_told = self.old.name.contains('-');
                let separator = if is_told { separator } else { separator_of(before, after, case) };
                (old.len(), case.spell(&self.new.name, separator))
            })
        })
    }
}

/// How the letters of a name are written.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Lower,
    Upper,
    Title,
}

impl Case {
    fn of(text: &str) -> Self {
        if text.chars().all(|c| !c.is_ascii_uppercase()) {
            Self::Lower
        } else if text.chars().all(|c| !c.is_ascii_lowercase()) {
            Self::Upper
        } else {
            Self::Title
        }
    }

    fn spell(self, name: &str, separator: &str) -> String {
        let words = name.split('-').map(|word| match self {
            Self::Lower => word.to_owned(),
            Self::Upper => word.to_ascii_uppercase(),
            Self::Title => title(word),
        });
        words.collect::<Vec<_>>().join(separator)
    }
}

fn title(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

/// Returns the separator in the new name if the old name is one word: a hyphen, unless the case or a neighbour differs.
fn separator_of(before: &str, after: &str, case: Case) -> &'static str {
    match case {
        Case::Upper => "_",
        Case::Title => "",
        Case::Lower if before.ends_with('#') => "",
        Case::Lower if before.ends_with('_') || after.starts_with('_') => "_",
        Case::Lower => "-",
    }
}

/// Whether a name ends here. `MyApi` can continue with a capital (`MyApiDown`), `#myapi` with anything (`#myapidown`).
fn is_whole(before: &str, found: &str, after: &str, case: Case) -> bool {
    let is_joined = found.chars().all(char::is_alphanumeric);
    match case {
        Case::Title if is_joined => !after.starts_with(|c: char| c.is_lowercase() || c.is_numeric()),
        Case::Lower if is_joined && before.ends_with('#') => true,
        _ => !after.starts_with(char::is_alphanumeric),
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '-' || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str, organisation: &str, registry: &str) -> Identity {
        Identity { name: name.to_owned(), organisation: organisation.to_owned(), registry: registry.to_owned() }
    }

    fn renamed(new: &str, text: &str) -> String {
        let old = identity("old-name", "old-name", "old.example");
        Renamer::new(&old, &identity(new, "acme", "r.example:5000")).rename(text)
    }

    #[test]
    fn every_form_of_the_name_is_replaced() {
        for (old, one, two) in [
            ("old-name", "shop", "web-shop"),
            ("old_name_info", "shop_info", "web_shop_info"),
            ("OLD_NAME_KEY=1", "SHOP_KEY=1", "WEB_SHOP_KEY=1"),
            ("OldNameDown", "ShopDown", "WebShopDown"),
            ("a.md#oldnamedown", "a.md#shopdown", "a.md#webshopdown"),
            ("Old Name, Old-Name", "Shop, Shop", "Web Shop, Web-Shop"),
            ("old-name-redis:old-name", "shop-redis:shop", "web-shop-redis:web-shop"),
            ("charts/old-name/x ü old-name", "charts/shop/x ü shop", "charts/web-shop/x ü web-shop"),
        ] {
            assert_eq!(renamed("shop", old), one);
            assert_eq!(renamed("web-shop", old), two);
        }
    }

    #[test]
    fn the_name_in_a_longer_word_stays() {
        for text in ["gold-name", "old-names", "old_name2", "OldNames", "oldnames", "bold name", "old", "old--name"] {
            assert_eq!(renamed("shop", text), text);
        }
    }

    #[test]
    fn a_new_name_may_contain_the_old_one() {
        assert_eq!(renamed("old-name-two", "old-name, OLD_NAME"), "old-name-two, OLD_NAME_TWO");
        assert_eq!(renamed("my-old-name", "old-name"), "my-old-name");
    }

    #[test]
    fn the_organisation_and_the_registry_are_replaced_where_they_are_meant() {
        for (old, new) in [
            ("old.example/old-name/old-name:1", "r.example:5000/acme/shop:1"),
            ("oci://old.example/old-name/charts", "oci://r.example:5000/acme/charts"),
            ("old.example/${{ github.repository }}", "r.example:5000/${{ github.repository }}"),
            ("registry: old.example", "registry: r.example:5000"),
            ("old.example/others/app:1", "old.example/others/app:1"),
            ("old.example/old-names/app", "old.example/old-names/app"),
            ("cold.example, old.example.com", "cold.example, old.example.com"),
            ("https://github.com/old-name/old-name", "https://github.com/acme/shop"),
            (r"^https://github\.com/old-name/old-name/x", r"^https://github\.com/acme/shop/x"),
            ("git@github.com:old-name/other", "git@github.com:acme/other"),
            ("\"old-name/old-name\" repo:old-name/old-name:x", "\"acme/shop\" repo:acme/shop:x"),
            ("deployment/old-name /etc/old-name/old-name.conf", "deployment/shop /etc/shop/shop.conf"),
            ("$DIR/old-name/old-name-1.tgz", "$DIR/shop/shop-1.tgz"),
        ] {
            assert_eq!(renamed("shop", old), new);
        }
    }

    #[test]
    fn a_project_of_one_word_is_renamed_too() {
        let renamer = Renamer::new(&identity("shop", "acme", "r.example"), &identity("web-shop", "acme", "r.example"));
        for (old, new) in [
            ("shop shop-redis", "web-shop web-shop-redis"),
            ("shop_info SHOP_KEY", "web_shop_info WEB_SHOP_KEY"),
            ("ShopDown #shopdown", "WebShopDown #webshopdown"),
            ("shopping workshop Shops", "shopping workshop Shops"),
        ] {
            assert_eq!(renamer.rename(old), new);
        }
    }
}
