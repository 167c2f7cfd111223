//! Finds libxmlsec1 and libxml2 with pkg-config and writes Rust declarations of the few functions and structures this crate uses.
//!
//! Only the core of libxmlsec1 is linked: its cryptographic back-ends (and OpenSSL with them) are not needed.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// What the message of a failed build tells to install: names are the same on Debian 12, Debian 13 and Ubuntu 24.04.
const PACKAGES: &str = "apt-get install pkg-config libxmlsec1-dev libxml2-dev libclang-dev";

/// Functions of libxml2 and libxmlsec1 that are called.
const FUNCTIONS: &[&str] = &[
    "xmlInitParser",
    "xmlNewParserCtxt",
    "xmlFreeParserCtxt",
    "xmlCtxtReadMemory",
    "xmlStopParser",
    "xmlFreeDoc",
    "xmlDocGetRootElement",
    "xmlSetStructuredErrorFunc",
    "xmlAddID",
    "xmlGetID",
    "xmlC14NExecute",
    "xmlAllocOutputBuffer",
    "xmlOutputBufferGetContent",
    "xmlOutputBufferGetSize",
    "xmlOutputBufferClose",
    "xmlStrdup",
    "xmlSetExternalEntityLoader",
    "xmlParserInputBufferCreateMem",
    "xmlFreeParserInputBuffer",
    "xmlNewIOInputStream",
    "xmlSchemaNewParserCtxt",
    "xmlSchemaFreeParserCtxt",
    "xmlSchemaSetParserStructuredErrors",
    "xmlSchemaParse",
    "xmlSchemaFree",
    "xmlSchemaNewValidCtxt",
    "xmlSchemaFreeValidCtxt",
    "xmlSchemaSetValidStructuredErrors",
    "xmlSchemaValidateDoc",
    "xmlSchemaValidateOneElement",
    "xmlSecInit",
    "xmlSecCheckVersionExt",
    "xmlSecErrorsSetCallback",
    "xmlSecTransformIdsRegister",
    "xmlSecTransformDefaultGetDataType",
    "xmlSecTransformDefaultPopBin",
    "xmlSecTransformExclC14NGetKlass",
    "xmlSecTransformEnvelopedGetKlass",
    "xmlSecKeyCreate",
    "xmlSecKeyDestroy",
    "xmlSecKeySetValue",
    "xmlSecKeyDataCreate",
    "xmlSecKeyDataDestroy",
    "xmlSecPtrListGetSize",
    "xmlSecPtrListGetItem",
    "xmlSecBufferGetData",
    "xmlSecBufferGetSize",
    "xmlSecDSigCtxCreate",
    "xmlSecDSigCtxDestroy",
    "xmlSecDSigCtxVerify",
    "xmlSecDSigCtxEnableReferenceTransform",
    "xmlSecDSigCtxEnableSignatureTransform",
    "xmlSecDSigReferenceCtxGetPreDigestBuffer",
];

/// Types that are named; those they consist of follow by themselves.
const TYPES: &[&str] = &[
    "xmlDoc",
    "xmlNode",
    "xmlAttr",
    "xmlParserCtxt",
    "xmlParserOption",
    "xmlC14NMode",
    "xmlElementType",
    "xmlError",
    "xmlErrorLevel",
    "xmlCharEncoding",
    "xmlSecTransformKlass",
    "xmlSecTransform",
    "xmlSecKeyDataKlass",
    "xmlSecKeyData",
    "xmlSecKey",
    "xmlSecDSigCtx",
    "xmlSecDSigReferenceCtx",
    "xmlSecCheckVersionMode",
    "rsmev_.*",
];

/// Constants that are macros in the headers.
const CONSTANTS: &[&str] = &[
    "XMLSEC_VERSION_(MAJOR|MINOR|SUBMINOR)",
    "XMLSEC_DSIG_FLAGS_.*",
    "xmlSecTransformUriTypeSameDocument",
    "xmlSecTransformUsage(DigestMethod|SignatureMethod)",
    "xmlSecKeyDataTypePublic",
    "xmlSecKeyUsageVerify",
];

fn main() -> ExitCode {
    match bindings() {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            #[expect(clippy::print_stderr, reason = "cargo shows the stderr of a failed build script")]
            {
                eprintln!("xmldsig: {what}\nhint: on Debian or Ubuntu: {PACKAGES}");
            }
            ExitCode::FAILURE
        }
    }
}

fn bindings() -> Result<(), String> {
    directive("cargo:rerun-if-changed=build.rs");
    directive("cargo:rerun-if-changed=src/headers.h");
    directive("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    directive("cargo:rerun-if-env-changed=PKG_CONFIG_LIBDIR");
    let cflags = pkg_config("--cflags")?;
    for flag in pkg_config("--libs-only-L")? {
        directive(&format!("cargo:rustc-link-search=native={}", flag.trim_start_matches("-L")));
    }
    directive("cargo:rustc-link-lib=dylib=xmlsec1");
    directive("cargo:rustc-link-lib=dylib=xml2");

    let mut builder = bindgen::Builder::default()
        .header("src/headers.h")
        .clang_args(cflags)
        .prepend_enum_name(false)
        .generate_comments(false)
        .layout_tests(false)
        .derive_debug(false);
    for name in FUNCTIONS {
        builder = builder.allowlist_function(name);
    }
    for name in TYPES {
        builder = builder.allowlist_type(name);
    }
    for name in CONSTANTS {
        builder = builder.allowlist_var(name);
    }
    // bindgen panics when it finds no libclang.
    let bindings = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| builder.generate()))
        .map_err(|_| "libclang was not found".to_owned())?
        .map_err(|error| format!("the headers of libxmlsec1 and libxml2 cannot be read: {error}"))?;
    let directory = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let file = PathBuf::from(directory).join("bindings.rs");
    bindings.write_to_file(&file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Flags of both libraries. Those of libxmlsec1 are no decoration: they settle the layout of its structures.
fn pkg_config(option: &str) -> Result<Vec<String>, String> {
    let output = Command::new("pkg-config")
        .args([option, "xmlsec1", "libxml-2.0"])
        .output()
        .map_err(|error| format!("pkg-config cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "pkg-config does not know libxmlsec1 or libxml2: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect())
}

fn directive(line: &str) {
    println!("{line}");
}
