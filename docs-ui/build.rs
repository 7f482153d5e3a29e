//! Generates the served files: compresses those that are not compressed, adds a hash of the content to each asset's
//! name, writes these names into the pages, and lists all files for `src/files.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Files with a hash in their names: path and media type. A file that ends in `.gz` is already compressed.
const ASSETS: [(&str, &str); 10] = [
    ("vendor/swagger-ui-bundle.js.gz", JAVASCRIPT),
    ("vendor/swagger-ui.css.gz", CSS),
    ("vendor/redoc.standalone.js.gz", JAVASCRIPT),
    ("vendor/licences.txt", TEXT),
    ("pages/page.css", CSS),
    ("pages/swagger-ui-page.css", CSS),
    ("pages/description.js", JAVASCRIPT),
    ("pages/swagger-ui-page.js", JAVASCRIPT),
    ("pages/redoc-page.js", JAVASCRIPT),
    ("pages/icon.svg", "image/svg+xml"),
];

/// Files of the API's own pages, with fixed names that the API uses.
const STATUS: [(&str, &str); 4] = [
    ("pages/status.css", CSS),
    ("pages/status.js", JAVASCRIPT),
    ("pages/icon.svg", "image/svg+xml"),
    ("../component/panel.js", JAVASCRIPT),
];

const SWAGGER_UI: &str = "pages/swagger-ui.html";

/// RFC 9512.
const YAML: &str = "application/yaml";

/// Files with their own routes: constant in the generated list, path and media type.
const PAGES: [(&str, &str, &str); 7] = [
    ("SWAGGER_UI_OPEN", SWAGGER_UI, HTML),
    ("SWAGGER_UI_API_KEY", SWAGGER_UI, HTML),
    ("SWAGGER_UI_TOKEN", SWAGGER_UI, HTML),
    ("SWAGGER_UI_BOTH", SWAGGER_UI, HTML),
    ("REDOC", "pages/redoc.html", HTML),
    ("OPENAPI_JSON", "../openapi.json", "application/json"),
    ("OPENAPI_YAML", "../openapi.json", YAML),
];

/// The content of a file, and the path of its compressed form if it has one.
struct Source {
    content: Vec<u8>,
    gzip: Option<PathBuf>,
}

struct File {
    name: String,
    media_type: &'static str,
    hash: String,
    length: usize,
    gzip: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut assets = Vec::new();
    for (path, media_type) in ASSETS {
        let plain = file_name(path)?.trim_end_matches(".gz");
        let file = make(&out, plain, media_type, read(path)?)?;
        let (stem, extension) = plain.rsplit_once('.').ok_or("an asset without an extension")?;
        let name = format!("{stem}.{}.{extension}", file.hash);
        assets.push((plain, File { name, ..file }));
    }

    let mut list = String::new();
    for (constant, path, media_type) in PAGES {
        let mut source = read(path)?;
        match media_type {
            HTML => {
                let page = String::from_utf8(source.content)?.replace("{auth}", schemes(constant));
                source.content = with_names(&page, &assets)?.into_bytes();
            }
            YAML => source.content = to_yaml(&source.content)?.into_bytes(),
            _ => {}
        }
        let file = make(&out, constant, media_type, source)?;
        writeln!(list, "pub static {constant}: File = {};", literal(&file))?;
    }
    writeln!(list, "/// Everything below `/docs/assets/`.\npub static ASSETS: [File; {}] = [", assets.len())?;
    for (_, file) in &assets {
        writeln!(list, "    {},", literal(file))?;
    }
    writeln!(
        list,
        "];\n/// At names without a hash, below `/docs/assets/` too.\npub static STATUS: [File; {}] = [",
        STATUS.len()
    )?;
    for (path, media_type) in STATUS {
        let mut source = read(path)?;
        if path.ends_with("status.js") {
            source.content = with_build(&String::from_utf8(source.content)?).into_bytes();
        }
        writeln!(list, "    {},", literal(&make(&out, file_name(path)?, media_type, source)?))?;
    }
    writeln!(list, "];")?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=REVISION");
    Ok(fs::write(out.join("files.rs"), list)?)
}

/// Reads a file, by its path from this crate's directory.
fn read(path: &str) -> Result<Source, Box<dyn Error>> {
    let path = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(path);
    println!("cargo::rerun-if-changed={}", path.display());
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(Source { content: bytes, gzip: None });
    }
    let mut content = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut content)?;
    Ok(Source { content, gzip: Some(path) })
}

fn make(out: &Path, name: &str, media_type: &'static str, source: Source) -> Result<File, Box<dyn Error>> {
    let Source { content, gzip } = source;
    let mut hash = String::new();
    for byte in Sha256::digest(&content).iter().take(16) {
        write!(hash, "{byte:02x}")?;
    }
    let gzip = match gzip {
        Some(gzip) => gzip,
        None => compress(&content, out.join(format!("{name}.gz")))?,
    };
    Ok(File { name: name.to_owned(), media_type, hash, length: content.len(), gzip })
}

/// Returns the names of the description's security schemes that a page of Swagger UI shows.
fn schemes(constant: &str) -> &'static str {
    match constant {
        "SWAGGER_UI_API_KEY" => "api_key",
        "SWAGGER_UI_TOKEN" => "token",
        "SWAGGER_UI_BOTH" => "api_key token",
        _ => "",
    }
}

fn to_yaml(json: &[u8]) -> Result<String, Box<dyn Error>> {
    let document: serde_json::Value = serde_json::from_slice(json)?;
    Ok(serde_saphyr::to_string(&document)?)
}

fn compress(content: &[u8], path: PathBuf) -> Result<PathBuf, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    fs::write(&path, encoder.finish()?)?;
    Ok(path)
}

/// Replaces `{page.css}` by the path of that asset. A name in a page that no asset has is an error.
fn with_names(page: &str, assets: &[(&str, File)]) -> Result<String, Box<dyn Error>> {
    let mut page = page.to_owned();
    for (plain, file) in assets {
        page = page.replace(&format!("{{{plain}}}"), &format!("/docs/assets/{}", file.name));
    }
    match page.split_once('{') {
        Some((_, rest)) => Err(format!("no such asset: {}", rest.chars().take(40).collect::<String>()).into()),
        None => Ok(page),
    }
}

/// Fills in what only the build knows.
fn with_build(script: &str) -> String {
    let wasi = if env::var_os("CARGO_FEATURE_SPIN_4_0").is_some() { "WASI 0.3.0-rc-2026-03-15" } else { "WASI 0.3.0" };
    script.replace("{revision}", &env::var("REVISION").unwrap_or_default()).replace("{wasi}", wasi)
}

fn file_name(path: &str) -> Result<&str, Box<dyn Error>> {
    Ok(path.rsplit('/').next().ok_or("a path without a name")?)
}

fn literal(File { name, media_type, hash, length, gzip }: &File) -> String {
    format!(
        "File {{ name: {name:?}, media_type: {media_type:?}, hash: {hash:?}, length: {length}, \
        gzip: include_bytes!({gzip:?}) }}"
    )
}
