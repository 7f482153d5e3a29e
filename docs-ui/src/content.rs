//! The content of a file, in pieces: a client that doesn't read must not occupy memory for the whole file.

use std::io::{self, Read};

use axum::body::Body;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use futures_util::stream;

use crate::files::File;

/// In bytes. An unread response occupies one piece here, and about as much in the host.
const PIECE: usize = 16 * 1024;

pub fn gzip(file: &'static File) -> Body {
    pieces(file.gzip.chunks(PIECE).map(|piece| Ok(Bytes::from_static(piece))))
}

/// For clients that don't accept gzip. The decoder needs some 45 KB until the client has the whole file.
pub fn plain(file: &'static File) -> Body {
    let mut decoder = GzDecoder::new(file.gzip);
    let mut left = file.length;
    pieces(std::iter::from_fn(move || {
        let mut piece = vec![0; left.min(PIECE)];
        left -= piece.len();
        (!piece.is_empty()).then(|| decoder.read_exact(&mut piece).map(|()| piece.into()))
    }))
}

fn pieces(pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    Body::from_stream(stream::iter(pieces))
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody;
    use futures_util::FutureExt;
    use futures_util::future::poll_fn;

    use super::*;
    use crate::files;

    /// The content, of pieces of bounded length.
    fn content(mut body: Body) -> Vec<u8> {
        let mut content = Vec::new();
        while let Some(frame) = poll_fn(|context| std::pin::pin!(&mut body).poll_frame(context)).now_or_never().unwrap()
        {
            let piece = frame.unwrap().into_data().unwrap();
            assert!((1..=PIECE).contains(&piece.len()), "{}", piece.len());
            content.extend_from_slice(&piece);
        }
        content
    }

    #[test]
    fn every_file_is_whole_in_both_forms() {
        let pages = [&files::SWAGGER_UI_BOTH, &files::REDOC, &files::OPENAPI_JSON, &files::OPENAPI_YAML];
        for file in files::ASSETS.iter().chain(&files::STATUS).chain(pages) {
            let mut inflated = Vec::new();
            GzDecoder::new(file.gzip).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated.len(), file.length, "{}", file.name);
            assert!(content(plain(file)) == inflated, "{}", file.name);
            assert!(content(gzip(file)) == file.gzip, "{}", file.name);
        }
    }
}
