//! What a session may do.

use serde::{Deserialize, Serialize};

/// What a session may do, as its token says; everything where the relay asks for no token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rights {
    /// Publish. Without it `publish` is answered by
    /// [`FailReason::NotAllowed`](crate::FailReason::NotAllowed).
    pub send: bool,
    /// Receive and settle; includes `look`. Without it `receive` is answered by
    /// [`ErrorCode::NotAllowed`](crate::ErrorCode::NotAllowed), unless it is a look.
    pub receive: bool,
    /// Look at what waits. Without it a look is answered likewise.
    pub look: bool,
    /// Watch what passes. Without it `watch` is answered likewise.
    pub watch: bool,
}

impl Rights {
    /// Everything.
    pub const ALL: Self = Self { send: true, receive: true, look: true, watch: true };
    /// Nothing.
    pub const NONE: Self = Self { send: false, receive: false, look: false, watch: false };
}
