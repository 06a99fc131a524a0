//! A field that its kind of frame needs and that is not there.

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("missing field `{0}`")]
pub(crate) struct MissingField(pub(crate) &'static str);

/// The value of the field `name`, which must be there.
pub(crate) fn required<T>(value: Option<T>, name: &'static str) -> Result<T, MissingField> {
    value.ok_or(MissingField(name))
}
