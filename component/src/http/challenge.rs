//! How callers are asked to make themselves known (`WWW-Authenticate`, RFC 9110 section 11.6.1), with the
//! API's own scheme for keys and that of RFC 6750 for tokens.

use crate::domain::Scope;
use crate::metrics::Credential;
use crate::ports::TokenError;

const KEY: &str = r#"ApiKey realm="mini-api""#;
const TOKEN: &str = r#"Bearer realm="mini-api""#;

/// How callers may make themselves known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// By an API key.
    pub api_key: bool,
    /// By a bearer token.
    pub token: bool,
}

impl Accepted {
    /// What to send.
    pub(super) fn advice(self) -> &'static str {
        match (self.api_key, self.token) {
            (true, true) => "Send a valid API key in the header X-API-KEY, or a bearer token in Authorization.",
            (false, true) => "Send a bearer token in the header Authorization.",
            _ => "Send a valid API key in the header X-API-KEY.",
        }
    }

    /// Every way in.
    pub(super) fn challenges(self) -> String {
        self.with(TOKEN)
    }

    /// Every way in, for a request with more than one credential: `invalid_request` in RFC 6750 section 3.1,
    /// which goes with the status 400.
    pub(super) fn many_credentials(self) -> String {
        self.with(&format!(r#"{TOKEN}, error="invalid_request", error_description="More than one credential""#))
    }

    fn with(self, token: &str) -> String {
        match (self.api_key, self.token) {
            (true, true) => format!("{KEY}, {token}"),
            (false, true) => token.into(),
            _ => KEY.into(),
        }
    }
}

/// For a key that nobody has.
pub(super) fn unknown_key() -> String {
    KEY.into()
}

/// For a token that is not good (RFC 6750 section 3.1).
pub(super) fn invalid_token(error: &TokenError) -> String {
    format!(r#"{TOKEN}, error="invalid_token", error_description="The token {error}""#)
}

/// For somebody who may do other things.
pub(super) fn insufficient_scope(scope: Scope, credential: Credential) -> String {
    let scheme = match credential {
        Credential::ApiKey => KEY,
        Credential::Token => TOKEN,
    };
    format!(r#"{scheme}, error="insufficient_scope", scope="{scope}""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_in_is_named() {
        for (accepted, challenges) in [
            ((true, false), KEY.to_owned()),
            ((false, true), TOKEN.to_owned()),
            ((true, true), r#"ApiKey realm="mini-api", Bearer realm="mini-api""#.to_owned()),
        ] {
            let (api_key, token) = accepted;
            assert_eq!(Accepted { api_key, token }.challenges(), challenges);
        }
    }

    #[test]
    fn every_way_in_is_named_for_many_credentials_too() {
        let error = r#"Bearer realm="mini-api", error="invalid_request", error_description="More than one credential""#;
        assert_eq!(Accepted { api_key: true, token: false }.many_credentials(), KEY);
        assert_eq!(Accepted { api_key: false, token: true }.many_credentials(), error);
        assert_eq!(Accepted { api_key: true, token: true }.many_credentials(), format!("{KEY}, {error}"));
    }

    #[test]
    fn a_refusal_says_why_in_the_terms_of_the_rfc() {
        let scope = r#"Bearer realm="mini-api", error="insufficient_scope", scope="tocos:write""#;
        assert_eq!(insufficient_scope(Scope::TocosWrite, Credential::Token), scope);
        let token = r#"Bearer realm="mini-api", error="invalid_token", error_description="The token has expired""#;
        assert_eq!(invalid_token(&TokenError::Expired), token);
    }
}
