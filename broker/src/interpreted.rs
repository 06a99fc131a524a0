//! Headers and properties that RabbitMQ itself reads, and what of them it does not survive.
//!
//! Whoever may send could otherwise end a queue's process with all that it holds, the connection of
//! everybody who sends or receives, or send a message elsewhere. The rules are those of the sources
//! of RabbitMQ 3.10 to 4.2; `docs/interpreted-headers.md` has the function and the version behind
//! each. Names are compared as they are: RabbitMQ does so.

use warren_protocol::{Detail, FieldTable, FieldValue, HeaderNeed, Properties};

/// Replies go to the channel that asked: on a channel of the relay that is nobody.
pub(crate) const DIRECT_REPLY_TO: &str = "amq.rabbitmq.reply-to";

/// They decide where a message goes: on publishing, when it is dead-lettered, in a stream, a shovel
/// or a federation.
const ROUTING: [&str; 6] = ["CC", "BCC", "x-cc", "x-exchange", "x-routing-key", "x-received-from"];

/// RabbitMQ writes them itself, and takes the process down that reads others in their place.
const RESERVED: [&str; 3] = ["x-invalid-headers", "x-message-id-type", "x-correlation-id-type"];
const RESERVED_PREFIXES: [&str; 3] = ["x-basic-", "x-amqp-1.0-", "x-mqtt-"];

/// Of MQTT and of ids that do not fit: read as texts.
const TEXTS: [&str; 3] = ["x-message-id", "x-correlation-id", "x-reply-to-topic"];

/// The body of such a message is taken for encoded AMQP 1.0.
const AMQP_1_0: &str = "amqp-1.0";

/// An id that starts so and has the length of one is read as a UUID.
const URN_UUID: &str = "urn:uuid:";
const UUID_LEN: usize = 36;

/// Why messages were dead-lettered (RabbitMQ's documentation of `x-death`).
const DEATH_REASONS: [&str; 4] = ["rejected", "expired", "maxlen", "delivery_limit"];

/// More queues than any message dies in.
const MAX_DEATHS: usize = 32;

/// Beyond it a count is no integer everywhere.
const MAX_COUNT: i64 = 1 << 53;

/// The longest delay that the plugin for delayed messages takes, in milliseconds.
const MAX_DELAY: i64 = u32::MAX as i64;

/// Checks what RabbitMQ reads of a message from a page.
pub(crate) fn check(properties: &Properties) -> Result<(), Detail> {
    if properties.kind.as_deref() == Some(AMQP_1_0) {
        return Err(Detail::Amqp10Type);
    }
    if properties.reply_to.as_deref().is_some_and(|name| name.starts_with(DIRECT_REPLY_TO)) {
        return Err(Detail::DirectReplyTo);
    }
    for (name, id) in
        [("message_id", &properties.message_id), ("correlation_id", &properties.correlation_id)]
    {
        if id.as_deref().is_some_and(is_broken_urn) {
            return Err(Detail::BrokenUrn { property: name.to_owned() });
        }
    }
    match &properties.headers {
        Some(headers) => headers.0.iter().try_for_each(|(name, value)| header(name, value)),
        None => Ok(()),
    }
}

fn header(name: &str, value: &FieldValue) -> Result<(), Detail> {
    if ROUTING.contains(&name) {
        return Err(Detail::RoutingHeader { header: name.to_owned() });
    }
    if RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(Detail::ReservedHeader { header: name.to_owned() });
    }
    let (holds, needs) = match name {
        "x-death" => (is_death(value), HeaderNeed::Deaths),
        "x-stream-offset" => (integer(value).is_some_and(|offset| offset >= 0), HeaderNeed::Offset),
        "x-delay" => (
            integer(value).is_some_and(|delay| (0..=MAX_DELAY).contains(&delay)),
            HeaderNeed::Delay,
        ),
        "x-stream-filter-value" => (
            text(value).is_some_and(|text| (1..=255).contains(&text.len()) && !text.contains('\0')),
            HeaderNeed::FilterValue,
        ),
        _ if TEXTS.contains(&name) => (text(value).is_some(), HeaderNeed::Text),
        _ => return Ok(()),
    };
    if holds { Ok(()) } else { Err(Detail::HeaderNeeds { header: name.to_owned(), needs }) }
}

/// An id that RabbitMQ would take for a UUID, and that is none.
fn is_broken_urn(id: &str) -> bool {
    let Some(uuid) = id.strip_prefix(URN_UUID).filter(|uuid| uuid.len() == UUID_LEN) else {
        return false;
    };
    let holds = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    !uuid.bytes().enumerate().all(holds)
}

fn is_death(value: &FieldValue) -> bool {
    let FieldValue::Array(deaths) = value else { return false };
    let mut seen = Vec::with_capacity(deaths.len().min(MAX_DEATHS));
    deaths.len() <= MAX_DEATHS
        && deaths.iter().all(|death| match death {
            FieldValue::Table(death) => match one_death(death) {
                Some(of) if !seen.contains(&of) => {
                    seen.push(of);
                    true
                }
                _ => false,
            },
            _ => false,
        })
}

/// The queue and the reason of a death, where all of it is as RabbitMQ writes it.
fn one_death(death: &FieldTable) -> Option<(&str, &str)> {
    let known =
        ["count", "reason", "queue", "exchange", "routing-keys", "time", "original-expiration"];
    if death.0.keys().any(|name| !known.contains(&name.as_str())) {
        return None;
    }
    let short = |name: &str| text(death.0.get(name)?).filter(|text| text.len() <= 255);
    let (queue, reason, _) = (short("queue")?, short("reason")?, short("exchange")?);
    let count = integer(death.0.get("count")?)?;
    let FieldValue::Array(keys) = death.0.get("routing-keys")? else { return None };
    let is_key = |key: &FieldValue| {
        text(key).is_some_and(|key| key.len() <= 255 && !key.starts_with(DIRECT_REPLY_TO))
    };
    let is_expiration = |value: &FieldValue| {
        text(value).is_some_and(|text| {
            (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let holds = DEATH_REASONS.contains(&reason)
        && (1..=MAX_COUNT).contains(&count)
        && keys.iter().all(is_key)
        && matches!(death.0.get("time")?, FieldValue::Timestamp(_))
        && death.0.get("original-expiration").is_none_or(is_expiration);
    holds.then_some((queue, reason))
}

fn integer(value: &FieldValue) -> Option<i64> {
    Some(match value {
        FieldValue::ShortShortInt(value) => (*value).into(),
        FieldValue::ShortShortUint(value) => (*value).into(),
        FieldValue::ShortInt(value) => (*value).into(),
        FieldValue::ShortUint(value) => (*value).into(),
        FieldValue::LongInt(value) => (*value).into(),
        FieldValue::LongUint(value) => (*value).into(),
        FieldValue::LongLongInt(value) => *value,
        _ => return None,
    })
}

fn text(value: &FieldValue) -> Option<&str> {
    match value {
        FieldValue::LongString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: FieldValue) -> Result<(), Detail> {
        let headers = Some(table(&[(name, value)]));
        check(&Properties { headers, ..Properties::default() })
    }

    fn table(fields: &[(&str, FieldValue)]) -> FieldTable {
        FieldTable(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn death(change: &[(&str, Option<FieldValue>)]) -> FieldValue {
        let mut death = table(&[
            ("count", FieldValue::LongLongInt(1)),
            ("reason", "rejected".into()),
            ("queue", "work".into()),
            ("exchange", "".into()),
            ("routing-keys", FieldValue::Array(vec!["work".into()])),
            ("time", FieldValue::Timestamp(1_700_000_000)),
        ]);
        for (name, value) in change {
            match value {
                Some(value) => death.0.insert((*name).to_owned(), value.clone()),
                None => death.0.remove(*name),
            };
        }
        FieldValue::Table(death)
    }

    #[test]
    fn deaths_as_rabbitmq_writes_them_are_kept() {
        let expired = death(&[
            ("reason", Some("expired".into())),
            ("original-expiration", Some("1000".into())),
        ]);
        assert_eq!(with("x-death", FieldValue::Array(vec![death(&[]), expired])), Ok(()));
        assert_eq!(with("x-death", FieldValue::Array(vec![])), Ok(()));
    }

    #[test]
    fn deaths_of_another_shape_are_refused() {
        let wrong = [
            "a text".into(),
            FieldValue::Array(vec!["a text".into()]),
            FieldValue::Array(vec![death(&[]), death(&[])]),
            FieldValue::Array(vec![death(&[]); MAX_DEATHS + 1]),
            FieldValue::Array(vec![death(&[("count", Some("1".into()))])]),
            FieldValue::Array(vec![death(&[("count", Some(FieldValue::Double(2.5)))])]),
            FieldValue::Array(vec![death(&[("count", Some(FieldValue::LongLongInt(0)))])]),
            FieldValue::Array(vec![death(&[("count", None)])]),
            FieldValue::Array(vec![death(&[("reason", Some("boredom".into()))])]),
            FieldValue::Array(vec![death(&[("queue", Some(FieldValue::Void))])]),
            FieldValue::Array(vec![death(&[("routing-keys", Some("work".into()))])]),
            FieldValue::Array(vec![death(&[(
                "routing-keys",
                Some(FieldValue::Array(vec!["amq.rabbitmq.reply-to.x".into()])),
            )])]),
            FieldValue::Array(vec![death(&[("time", Some(FieldValue::LongLongInt(1)))])]),
            FieldValue::Array(vec![death(&[("original-expiration", Some("1 s".into()))])]),
            FieldValue::Array(vec![death(&[("more", Some(FieldValue::Void))])]),
        ];
        for value in wrong {
            let refused = with("x-death", value.clone());
            assert!(matches!(refused, Err(Detail::HeaderNeeds { .. })), "{value:?}");
        }
    }

    #[test]
    fn headers_that_route_or_are_reserved_are_refused() {
        for name in ROUTING {
            let refused = with(name, FieldValue::Array(vec!["other".into()]));
            assert_eq!(refused, Err(Detail::RoutingHeader { header: name.to_owned() }));
        }
        for name in ["x-invalid-headers", "x-basic-type", "x-amqp-1.0-properties", "x-mqtt-dup"] {
            let refused = with(name, "x".into());
            assert_eq!(refused, Err(Detail::ReservedHeader { header: name.to_owned() }));
        }
    }

    #[test]
    fn headers_that_are_read_have_the_type_that_is_read() {
        for (name, good, bad) in [
            ("x-stream-offset", FieldValue::LongLongInt(7), FieldValue::from("7")),
            ("x-delay", FieldValue::LongInt(1_000), FieldValue::from("abc")),
            ("x-stream-filter-value", "north".into(), FieldValue::from("a\0b")),
            ("x-correlation-id", "7".into(), FieldValue::Void),
        ] {
            assert_eq!(with(name, good), Ok(()));
            assert!(with(name, bad).is_err(), "{name}");
        }
        assert_eq!(with("retries", FieldValue::LongInt(-1)), Ok(()));
    }

    #[test]
    fn ids_that_would_be_read_as_a_uuid_are_one() {
        let with = |id: &str| {
            check(&Properties { message_id: Some(id.to_owned()), ..Properties::default() })
        };
        for good in [
            "urn:uuid:0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
            "urn:uuid:short",
            "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
        ] {
            assert_eq!(with(good), Ok(()), "{good}");
        }
        let broken = "urn:uuid:0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5x";
        assert_eq!(with(broken), Err(Detail::BrokenUrn { property: "message_id".to_owned() }));
    }

    #[test]
    fn what_is_taken_for_amqp_1_0_is_refused() {
        let properties = Properties { kind: Some(AMQP_1_0.to_owned()), ..Properties::default() };
        assert_eq!(check(&properties), Err(Detail::Amqp10Type));
    }
}
