//! Converts replies to the guest's types.

use redis::{RedisError, Value};

use super::bindings::{Error, RedisResult};
use crate::spin::limit::check_size;

/// Flattens arrays and sets.
///
/// # Errors
///
/// The reply holds a type of RESP3 that the interface lacks, or is too large.
pub(super) fn results(reply: Value) -> Result<Vec<RedisResult>, Error> {
    let mut results = Vec::new();
    append(&mut results, reply)?;
    let size = size_of::<Vec<RedisResult>>() + results.iter().map(size).sum::<usize>();
    check_size(size).map_err(Error::Other)?;
    Ok(results)
}

/// Appends a reply. Without `protocol=resp3` in the address, it has only types of RESP2.
fn append(results: &mut Vec<RedisResult>, reply: Value) -> Result<(), Error> {
    let result = match reply {
        Value::Nil => RedisResult::Nil,
        Value::Int(integer) => RedisResult::Int64(integer),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(status) => RedisResult::Status(status),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Array(replies) | Value::Set(replies) => {
            return replies.into_iter().try_for_each(|reply| append(results, reply));
        }
        Value::Double(double) => RedisResult::Binary(double.to_string().into_bytes()),
        Value::Boolean(boolean) => RedisResult::Int64(boolean.into()),
        Value::BigNumber(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::Map(_) => return Err(unsupported("Redis Map type is")),
        Value::Attribute { .. } => return Err(unsupported("Redis Attribute type is")),
        Value::VerbatimString { .. } => return Err(unsupported("Redis string with format attribute is")),
        Value::Push { .. } => return Err(unsupported("Redis Pub/Sub types are")),
        Value::ServerError(error) => return Err(Error::Other(RedisError::from(error).to_string())),
    };
    results.push(result);
    Ok(())
}

/// The text is Spin's.
fn unsupported(what: &str) -> Error {
    Error::Other(format!("Could not convert Redis response - TypeError: {what} not supported"))
}

fn size(result: &RedisResult) -> usize {
    let length = match result {
        RedisResult::Nil | RedisResult::Int64(_) => 0,
        RedisResult::Binary(bytes) => bytes.len(),
        RedisResult::Status(status) => status.len(),
    };
    size_of::<RedisResult>() + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_replies_become_flat() {
        let inner = Value::Array(vec![Value::Int(2), Value::Array(vec![]), Value::Nil]);
        let reply = Value::Array(vec![Value::BulkString(vec![0, 255]), inner, Value::Okay]);
        let expected = [
            RedisResult::Binary(vec![0, 255]),
            RedisResult::Int64(2),
            RedisResult::Nil,
            RedisResult::Status("OK".to_owned()),
        ];
        assert_eq!(results(reply).unwrap(), expected);
    }

    #[test]
    fn a_type_that_the_interface_lacks_is_an_error_wherever_it_is() {
        let reply = Value::Array(vec![Value::Int(1), Value::Map(Vec::new())]);
        let text = "Could not convert Redis response - TypeError: Redis Map type is not supported";
        assert_eq!(results(reply).unwrap_err(), Error::Other(text.to_owned()));
    }

    #[test]
    fn a_result_is_bounded_with_what_holds_it() {
        let overhead = size_of::<Vec<RedisResult>>() + size_of::<RedisResult>();
        let reply = |length| Value::BulkString(vec![0; length]);
        assert!(results(reply((128 << 20) - overhead)).is_ok());
        assert!(results(reply((128 << 20) - overhead + 1)).is_err());
    }
}
