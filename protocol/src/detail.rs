//! Why something is not as it should be: a code with its arguments, which the page puts into its user's
//! language. Its [`Display`](std::fmt::Display) has the English sentence.
//!
//! serde's derive would bring code for each variant and each field, 115 KB of the page's WebAssembly for every
//! kind of reader. The macro `details!` makes one function for all readers, which takes the arguments out of a
//! [`Value`] by the few functions of `Argument`.

mod words;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap as _,
};
use serde_json::Value;

use crate::Outcome;

/// Defines [`Detail`]: the variants with their codes on the wire, and their fields, which are the arguments.
macro_rules! details {
    ($(
        $(#[$doc:meta])*
        $code:literal => $Variant:ident $({
            $( $(#[$field_doc:meta])* $field:ident: $Type:ty, )*
        })?,
    )*) => {
        /// A reason. `words` are always somebody else's: the broker's or a library's, in English.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Detail {
            $(
                $(#[$doc])*
                $Variant $({ $( $(#[$field_doc])* $field: $Type, )* })?,
            )*
        }

        impl Detail {
            const CODES: &[&str] = &[$($code),*];

            fn code(&self) -> &'static str {
                match self {
                    $( Self::$Variant { .. } => $code, )*
                }
            }

            fn args(&self) -> Args<'_> {
                let mut args = Args(Vec::new());
                match self {
                    $( Self::$Variant $({ $($field),* })? => {
                        $($( args.put(stringify!($field), $field); )*)?
                    } )*
                }
                args
            }

            /// Nothing if there is no such code, or if an argument is missing or wrong.
            fn from_parts(code: &str, args: &mut Value) -> Option<Self> {
                Some(match code {
                    $( $code => Self::$Variant $({
                        $( $field: argument(args, stringify!($field))?, )*
                    })?, )*
                    _ => return None,
                })
            }
        }
    };
}

details! {
    /// What the broker says, and nothing else.
    "broker_says" => BrokerSays {
        /// Its words.
        words: String,
    },
    /// The relay has no connection to the broker now.
    "not_connected" => NotConnected,
    /// The broker has a connection, and says nothing.
    "broker_silent" => BrokerSilent,
    /// The relay takes nothing new.
    "relay_stops" => RelayStops,

    // The connection to the broker.
    /// The broker closed the connection before it said anything.
    "closed_before_handshake" => ClosedBeforeHandshake {
        /// The broker's.
        address: String,
        /// Why, unless it is still starting.
        or: HandshakeHint,
    },
    /// The broker refuses user and password.
    "login_failed" => LoginFailed {
        /// Who wanted in.
        user: String,
        /// The broker's.
        address: String,
    },
    /// The broker refuses the user of the relay's certificate.
    "certificate_login_failed" => CertificateLoginFailed {
        /// The broker's.
        address: String,
        /// The broker's.
        words: String,
    },
    /// A limit of connections or channels, of a vhost or a user, is reached.
    "limit_reached" => LimitReached {
        /// The broker's.
        address: String,
        /// The broker's.
        words: String,
    },
    /// The vhost is missing, or not the user's.
    "vhost_refused" => VhostRefused {
        /// Which.
        vhost: String,
        /// Who wanted to use it.
        user: String,
        /// The broker's.
        words: String,
    },
    /// The broker's operator, or its shutdown, closed the connection.
    "connection_closed" => ConnectionClosed {
        /// The broker's.
        words: String,
    },
    /// The broker closed the connection over an error.
    "connection_error" => ConnectionError {
        /// AMQP's reply code.
        reply_code: u16,
        /// The broker's.
        words: String,
    },
    /// No heartbeat came in time.
    "heartbeat_missed" => HeartbeatMissed {
        /// The broker's.
        address: String,
    },
    /// Something else than an AMQP 0-9-1 broker is there.
    "not_amqp" => NotAmqp {
        /// Where.
        address: String,
    },
    /// The connection is gone, and nothing more is known.
    "connection_lost" => ConnectionLost {
        /// The broker's.
        address: String,
    },
    /// No connection was made in time.
    "no_answer" => NoAnswer {
        /// The broker's.
        address: String,
    },
    /// Nobody listens there.
    "connection_refused" => ConnectionRefused {
        /// Where.
        address: String,
    },
    /// The name has no address.
    "host_not_found" => HostNotFound {
        /// The name.
        host: String,
    },
    /// Any other error of the connection.
    "connection_failed" => ConnectionFailed {
        /// The broker's.
        address: String,
        /// The system's or a library's.
        words: String,
    },
    /// The connection has no channel left.
    "no_channel_left" => NoChannelLeft {
        /// The broker's.
        address: String,
        /// How many it allows.
        max: usize,
    },

    // TLS with the broker.
    /// The port is no TLS port.
    "not_tls" => NotTls {
        /// The broker's.
        address: String,
    },
    /// No version or cipher in common.
    "tls_incompatible" => TlsIncompatible {
        /// The broker's.
        address: String,
        /// A library's, where it knows more.
        words: Option<String>,
    },
    /// Any other error of TLS.
    "tls_failed" => TlsFailed {
        /// The broker's.
        address: String,
        /// A library's.
        words: String,
    },
    /// The broker ended the TLS handshake.
    "tls_ended" => TlsEnded {
        /// The broker's.
        address: String,
        /// TLS's name of the alert.
        alert: String,
    },
    /// The broker's certificate has expired.
    "certificate_expired" => CertificateExpired {
        /// The broker's.
        address: String,
        /// When, as RFC 3339 writes it, where that is known.
        on: Option<String>,
    },
    /// The broker's certificate begins later than this machine's clock says.
    "certificate_begins_later" => CertificateBeginsLater {
        /// The broker's.
        address: String,
        /// When it begins, as RFC 3339 writes it.
        from: String,
        /// What the relay's clock says, in the same form.
        now: String,
    },
    /// The broker's certificate is not valid yet.
    "certificate_not_yet_valid" => CertificateNotYetValid {
        /// The broker's.
        address: String,
    },
    /// The broker's certificate has other names.
    "certificate_for_others" => CertificateForOthers {
        /// The broker's.
        address: String,
        /// The name that was looked for.
        host: String,
        /// The names that it has.
        names: Vec<String>,
    },
    /// The broker's certificate does not have the name.
    "certificate_not_for_host" => CertificateNotForHost {
        /// The broker's.
        address: String,
        /// The name that was looked for.
        host: String,
    },
    /// The issuer of the broker's certificate is not in `--amqp-ca`.
    "certificate_not_from_ca" => CertificateNotFromCa {
        /// The broker's.
        address: String,
    },
    /// The system does not trust the issuer of the broker's certificate.
    "certificate_from_unknown_ca" => CertificateFromUnknownCa {
        /// The broker's.
        address: String,
    },
    /// The broker's certificate is that of a CA.
    "certificate_of_ca" => CertificateOfCa {
        /// The broker's.
        address: String,
        /// The name that it is used for.
        host: String,
    },
    /// The broker's certificate is for another use.
    "certificate_not_for_servers" => CertificateNotForServers {
        /// The broker's.
        address: String,
    },
    /// The broker's certificate is wrong in another way.
    "certificate_untrusted" => CertificateUntrusted {
        /// The broker's.
        address: String,
        /// A library's.
        words: String,
    },
    /// The broker wants a certificate of the relay's.
    "client_certificate_missing" => ClientCertificateMissing {
        /// The broker's.
        address: String,
    },
    /// The broker refuses the handshake, most likely for want of a certificate.
    "client_certificate_probably_missing" => ClientCertificateProbablyMissing {
        /// The broker's.
        address: String,
    },
    /// The broker does not know who issued the relay's certificate.
    "client_certificate_from_unknown_ca" => ClientCertificateFromUnknownCa {
        /// The broker's.
        address: String,
    },
    /// The relay's certificate has expired.
    "client_certificate_expired" => ClientCertificateExpired {
        /// The broker's.
        address: String,
    },
    /// The broker does not take the relay's certificate.
    "client_certificate_refused" => ClientCertificateRefused {
        /// The broker's.
        address: String,
        /// TLS's name of the alert.
        alert: String,
    },

    // Queues.
    /// There is no such queue.
    "queue_missing" => QueueMissing {
        /// Which.
        queue: String,
    },
    /// It was there, and is no more.
    "queue_gone" => QueueGone {
        /// Which.
        queue: String,
    },
    /// It ended while it was received from.
    "queue_deleted" => QueueDeleted {
        /// Which.
        queue: String,
    },
    /// Another connection has it alone.
    "queue_exclusive" => QueueExclusive {
        /// Which.
        queue: String,
    },
    /// The broker does not let the relay's user.
    "queue_forbidden" => QueueForbidden {
        /// Which.
        queue: String,
        /// The broker's.
        words: String,
    },
    /// The broker refuses something that concerns it.
    "queue_refused" => QueueRefused {
        /// Which.
        queue: String,
        /// The broker's.
        words: String,
    },
    /// AMQP has no longer names.
    "queue_name_too_long" => QueueNameTooLong {
        /// Which.
        queue: String,
    },
    /// Its connection ends again and again over what comes by it.
    "queue_ends_connection" => QueueEndsConnection {
        /// Which.
        queue: String,
        /// How the connection ended.
        cause: Box<Detail>,
    },
    /// A place in a stream was asked for, and it is none.
    "queue_no_stream" => QueueNoStream {
        /// Which.
        queue: String,
        /// The broker's.
        words: String,
    },
    /// The time of a look was over, and all went back.
    "look_over" => LookOver {
        /// After so many seconds.
        seconds: u64,
    },
    /// A look acknowledges and rejects nothing.
    "look_takes_nothing" => LookTakesNothing {
        /// What was asked for.
        outcome: Outcome,
    },

    // A watch.
    /// Tracing is off.
    "not_traced" => NotTraced {
        /// Where.
        vhost: String,
        /// What switches it on.
        command: String,
    },
    /// The relay's user lacks a permission that a watch needs.
    "watch_forbidden" => WatchForbidden {
        /// Who.
        user: String,
        /// Where.
        vhost: String,
        /// The broker's.
        words: String,
    },
    /// The tap cannot be set up for another reason.
    "watch_refused" => WatchRefused {
        /// The broker's.
        words: String,
    },
    /// This relay, or this token, does not offer it.
    "unknown_queue" => UnknownQueue {
        /// The name that was asked for.
        queue: String,
        /// What there is.
        available: Vec<String>,
    },

    // A message that is sent.
    /// The broker could not route it.
    "unroutable" => Unroutable {
        /// Where it was sent to.
        queue: String,
        /// The broker's.
        words: String,
    },
    /// The broker refused it (`basic.nack`).
    "not_taken" => NotTaken {
        /// Where it was sent to.
        queue: String,
    },
    /// The broker closed the channel over it, or over one that was sent together with it.
    "channel_closed" => ChannelClosed {
        /// The broker's.
        words: String,
    },
    /// The broker lets the relay's user publish nothing.
    "publish_forbidden" => PublishForbidden {
        /// The broker's.
        words: String,
    },
    /// The session has too many messages in flight.
    "window_full" => WindowFull,
    /// The relay's memory is used up.
    "no_memory" => NoMemory,
    /// The body is too large.
    "body_too_large" => BodyTooLarge {
        /// What it has.
        bytes: usize,
        /// What it may have.
        max: usize,
    },
    /// The properties are too large.
    "properties_too_large" => PropertiesTooLarge {
        /// What they may have, in bytes.
        max: usize,
    },
    /// The properties do not fit one of the broker's frames.
    "properties_over_frame" => PropertiesOverFrame {
        /// What they take.
        bytes: usize,
        /// The largest frame.
        frame_max: usize,
        /// What they may take.
        max: usize,
    },
    /// There are too many headers.
    "too_many_headers" => TooManyHeaders {
        /// How many there may be.
        max: usize,
    },
    /// AMQP has no longer short strings.
    "property_too_long" => PropertyTooLong {
        /// Which.
        property: String,
    },
    /// AMQP has no longer names.
    "header_name_too_long" => HeaderNameTooLong,
    /// `expiration` is no number of milliseconds.
    "bad_expiration" => BadExpiration {
        /// The largest one.
        max: u64,
    },
    /// `user_id` is another user's.
    "foreign_user_id" => ForeignUserId,
    /// An id that RabbitMQ would read as a UUID.
    "broken_urn" => BrokenUrn {
        /// Which.
        property: String,
    },
    /// RabbitMQ would take the body for AMQP 1.0.
    "amqp10_type" => Amqp10Type,
    /// `reply_to` asks for direct replies.
    "direct_reply_to" => DirectReplyTo,
    /// RabbitMQ would route by it.
    "routing_header" => RoutingHeader {
        /// Its name.
        header: String,
    },
    /// RabbitMQ writes it itself.
    "reserved_header" => ReservedHeader {
        /// Its name.
        header: String,
    },
    /// RabbitMQ reads it, and fails over a value of another kind.
    "header_needs" => HeaderNeeds {
        /// Its name.
        header: String,
        /// What it needs.
        needs: HeaderNeed,
    },
    /// A decimal, which RabbitMQ cannot put into a stream.
    "decimal_header" => DecimalHeader {
        /// Its name.
        header: String,
    },
    /// A value that was cut off when it was delivered.
    "cut_off_header" => CutOffHeader {
        /// Its name.
        header: String,
    },
    /// A value that is nested too deep.
    "too_deep_header" => TooDeepHeader {
        /// Its name.
        header: String,
        /// How deep it may be.
        max: usize,
    },
    /// A number that is not finite.
    "not_finite_header" => NotFiniteHeader {
        /// Its name.
        header: String,
    },

    // What this session may do.
    /// The token may not send.
    "may_not_send" => MayNotSend,
    /// The token may not receive.
    "may_not_receive" => MayNotReceive,
    /// The token may not look.
    "may_not_look" => MayNotLook,
    /// The token may not watch.
    "may_not_watch" => MayNotWatch,
    /// No token was shown.
    "token_missing" => TokenMissing,
    /// There is no such token.
    "token_wrong" => TokenWrong,
    /// The token was withdrawn.
    "token_withdrawn" => TokenWithdrawn,
    /// The delivery is not unsettled.
    "unknown_tag" => UnknownTag {
        /// Its tag.
        tag: u64,
    },
    /// A stream takes nothing back.
    "stream_keeps" => StreamKeeps {
        /// What was asked for.
        outcome: Outcome,
    },
}

/// Why a broker may close a connection before it says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeHint {
    /// Plain AMQP was spoken to a TLS port.
    TlsPort,
    /// It wants a certificate, and the relay has none.
    ClientCertificateMissing,
    /// It does not take the relay's certificate.
    ClientCertificateRefused,
}

/// What a header needs that RabbitMQ itself reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderNeed {
    /// `x-death` as RabbitMQ writes it.
    Deaths,
    /// An integer from 0.
    Offset,
    /// An integer from 0 to 4294967295.
    Delay,
    /// A text of 1 to 255 bytes.
    FilterValue,
    /// A text.
    Text,
}

impl Detail {
    /// What the broker says, and nothing else.
    #[must_use]
    pub fn broker_says(words: impl Into<String>) -> Self {
        Self::BrokerSays { words: words.into() }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let args = self.args();
        let has_args = !args.0.is_empty();
        let mut object = serializer.serialize_map(Some(1 + usize::from(has_args)))?;
        object.serialize_entry("code", self.code())?;
        if has_args {
            object.serialize_entry("args", &args)?;
        }
        object.end()
    }
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Detail {
    // Else each reader of JSON gets a copy.
    #[inline(never)]
    fn from_json(mut json: Value) -> serde_json::Result<Self> {
        let mut args = take(&mut json, "args");
        let code = json.get("code").and_then(Value::as_str);
        let code = code.ok_or_else(|| serde_json::Error::missing_field("code"))?;
        Self::from_parts(code, &mut args).ok_or_else(|| {
            if Self::CODES.contains(&code) {
                serde_json::Error::custom(format_args!("`{code}` has not the args that it needs"))
            } else {
                serde_json::Error::unknown_variant(code, Self::CODES)
            }
        })
    }
}

/// The value of a key; null where there is none.
#[inline(never)]
fn take(object: &mut Value, key: &str) -> Value {
    object.get_mut(key).map(Value::take).unwrap_or_default()
}

// Else each field gets a copy.
#[inline(never)]
fn argument<T: Argument>(args: &mut Value, name: &str) -> Option<T> {
    T::from_json(take(args, name))
}

/// The arguments that are there, in the order of the fields: [`Value`] would sort them.
struct Args<'a>(Vec<(&'static str, Shown<'a>)>);

impl<'a> Args<'a> {
    #[inline(never)]
    fn put(&mut self, name: &'static str, argument: &'a dyn Argument) {
        self.0.extend(argument.shown().map(|shown| (name, shown)));
    }
}

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, shown)| (name, shown)))
    }
}

/// How an argument is written.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Text(&'a str),
    Texts(&'a [String]),
    Detail(&'a Detail),
    Json(Value),
}

/// What a field of [`Detail`] may be.
trait Argument {
    /// From null, where it is missing.
    fn from_json(json: Value) -> Option<Self>
    where
        Self: Sized;

    /// Nothing where it is left out.
    fn shown(&self) -> Option<Shown<'_>>;
}

impl Argument for String {
    fn from_json(json: Value) -> Option<Self> {
        match json {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn shown(&self) -> Option<Shown<'_>> {
        Some(Shown::Text(self))
    }
}

impl Argument for Option<String> {
    fn from_json(json: Value) -> Option<Self> {
        if json.is_null() { Some(None) } else { String::from_json(json).map(Some) }
    }

    fn shown(&self) -> Option<Shown<'_>> {
        self.as_deref().map(Shown::Text)
    }
}

impl Argument for Vec<String> {
    fn from_json(json: Value) -> Option<Self> {
        match json {
            Value::Array(texts) => texts.into_iter().map(String::from_json).collect(),
            _ => None,
        }
    }

    fn shown(&self) -> Option<Shown<'_>> {
        Some(Shown::Texts(self))
    }
}

impl Argument for Box<Detail> {
    fn from_json(json: Value) -> Option<Self> {
        Detail::from_json(json).ok().map(Box::new)
    }

    fn shown(&self) -> Option<Shown<'_>> {
        Some(Shown::Detail(self))
    }
}

/// Numbers, and enums without fields, as serde has them.
macro_rules! plain_arguments {
    ($($Type:ty),*) => { $(
        impl Argument for $Type {
            fn from_json(json: Value) -> Option<Self> {
                serde_json::from_value(json).ok()
            }

            fn shown(&self) -> Option<Shown<'_>> {
                serde_json::to_value(self).ok().map(Shown::Json)
            }
        }
    )* };
}

plain_arguments!(u16, u64, usize, HandshakeHint, HeaderNeed, Outcome);
