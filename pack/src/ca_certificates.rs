//! The root certificates of the container image: Mozilla's, as the crate `webpki-root-certs` has them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Characters in a line of PEM (RFC 7468, section 2).
const LINE: usize = 64;

/// The file that programs look for, in PEM.
pub(crate) fn pem() -> String {
    let mut pem = String::from(
        "# Mozilla's root certificates, by the crate webpki-root-certs.\n\
         # CDLA-Permissive-2.0: https://cdla.dev/permissive-2-0/\n",
    );
    for certificate in TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = STANDARD.encode(certificate);
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(LINE));
            pem.push_str(&rest);
            pem.push('\n');
            rest = next;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}
