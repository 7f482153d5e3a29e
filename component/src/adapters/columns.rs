//! Rows of either database, read as what the domain knows.

use std::time::Duration;

use serde_json::Value;

use crate::domain::{
    Amount, Entry, Note, Outcome, Revision, Timestamp, Tocos, Transfer, TransferId, UserName, Versioned,
};
use crate::ports::{Answer, StoreError, TransferOrder};

/// One row of a result, whose columns are counted from 0.
pub(super) trait Columns {
    /// The column as an integer.
    fn integer(&self, column: usize) -> Result<i64, StoreError>;

    /// The column as text, or `None` for NULL.
    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError>;

    /// The column as text.
    fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.optional_text(column)?.ok_or_else(|| unexpected(column, "NULL"))
    }
}

/// The columns name, tocos.
pub(super) fn entry(row: &impl Columns) -> Result<Entry, StoreError> {
    let tocos = Tocos::new(row.integer(1)?).map_err(|error| unexpected(1, error))?;
    Ok(Entry { user: user(row, 0)?, tocos })
}

/// The columns name, tocos, incarnation, revision.
pub(super) fn versioned(row: &impl Columns) -> Result<Versioned, StoreError> {
    Ok(Versioned { entry: entry(row)?, revision: revision(row, 2)? })
}

/// The columns incarnation, revision, of which the first is at `start`.
pub(super) fn revision(row: &impl Columns, start: usize) -> Result<Revision, StoreError> {
    Ok(Revision { incarnation: row.integer(start)?, count: row.integer(start + 1)? })
}

/// The columns id, from_user, to_user, amount, note, created_at, of which the first is at `start`.
pub(super) fn transfer(row: &impl Columns, start: usize) -> Result<Transfer, StoreError> {
    let note = row.optional_text(start + 4)?.map(Note::parse).transpose();
    Ok(Transfer {
        id: TransferId::parse(row.text(start)?).ok_or_else(|| unexpected(start, "no id"))?,
        from: user(row, start + 1)?,
        to: user(row, start + 2)?,
        amount: Amount::new(row.integer(start + 3)?).map_err(|error| unexpected(start + 3, error))?,
        note: note.map_err(|error| unexpected(start + 4, error))?,
        created_at: Timestamp::from_millis(row.integer(start + 5)?),
    })
}

/// What `row` holds as one JSON array of arrays, one for each row of a page: rows that come one by one cost more
/// than all that the database does for them.
pub(super) fn page_of<T>(
    row: Option<&impl Columns>,
    read: impl Fn(&Vec<Value>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let page = row.ok_or_else(|| unexpected(0, "no row"))?.text(0)?;
    let rows: Vec<Vec<Value>> = serde_json::from_str(page).map_err(|error| unexpected(0, error))?;
    rows.iter().map(read).collect()
}

impl Columns for Vec<Value> {
    fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column).and_then(Value::as_i64).ok_or_else(|| unexpected(column, "no integer"))
    }

    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.get(column) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected(column, "no text")),
        }
    }
}

/// What became of `order`, from the columns fingerprint, outcome and those of a transfer. The row
/// is that of the first request of the key, which is `order` itself if the ids are the same.
pub(super) fn answer(row: &impl Columns, order: &TransferOrder) -> Result<Answer, StoreError> {
    let request = transfer(row, 2)?;
    let is_first = request.id == order.id;
    let expected = order.idempotency.as_ref().map(|idempotency| idempotency.fingerprint.as_str());
    if !is_first && expected != Some(row.text(0)?) {
        return Ok(Answer::KeyReused);
    }
    let outcome = match row.text(1)? {
        "done" => Outcome::Done(request),
        "unknown giver" => Outcome::UnknownUser(request.from),
        "unknown receiver" => Outcome::UnknownUser(request.to),
        "not enough" => Outcome::NotEnough(request.from),
        "too many" => Outcome::TooMany(request.to),
        other => return Err(unexpected(1, other)),
    };
    Ok(if is_first { Answer::First(outcome) } else { Answer::Replayed(outcome) })
}

/// A duration as the databases keep it.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// An error about a column that holds what it never should.
pub(super) fn unexpected(column: usize, what: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(format!("column {column}: {what}"))
}

fn user(row: &impl Columns, column: usize) -> Result<UserName, StoreError> {
    UserName::of_store(row.text(column)?).map_err(|error| unexpected(column, error))
}
