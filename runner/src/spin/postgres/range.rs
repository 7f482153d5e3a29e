//! INT4RANGE, INT8RANGE and NUMRANGE values.

use postgres_range::{BoundSided, BoundType, Normalizable, Range, RangeBound};

use super::bindings::RangeBoundKind;
use super::decimal::Decimal;

/// The lower and the upper bound in the guest's types; `None` is an open end. As in Spin, an empty range from the
/// database has neither.
pub(super) type Bounds<T> = (Option<(T, RangeBoundKind)>, Option<(T, RangeBoundKind)>);

pub(super) fn bounds<T: Normalizable + PartialOrd, U>(range: &Range<T>, convert: impl Fn(&T) -> U) -> Bounds<U> {
    let lower = range.lower().map(|bound| (convert(&bound.value), kind(bound.type_)));
    let upper = range.upper().map(|bound| (convert(&bound.value), kind(bound.type_)));
    (lower, upper)
}

/// # Errors
///
/// A bound overflows: PostgreSQL normalizes integer ranges to an inclusive lower and an exclusive upper bound, which
/// is one above the largest number here.
pub(super) fn int32_range(bounds: Bounds<i32>) -> Result<Range<i32>, String> {
    integer_range(bounds, i32::MAX)
}

/// # Errors
///
/// As for [`int32_range`].
pub(super) fn int64_range(bounds: Bounds<i64>) -> Result<Range<i64>, String> {
    integer_range(bounds, i64::MAX)
}

/// # Errors
///
/// A bound is not a number.
pub(super) fn decimal_range((lower, upper): Bounds<String>) -> Result<Range<Decimal>, String> {
    let parse = |bound: Option<(String, RangeBoundKind)>| {
        bound.map(|(text, kind)| Ok::<_, String>((Decimal::parse(&text)?, kind))).transpose()
    };
    Ok(range((parse(lower)?, parse(upper)?)))
}

fn integer_range<T: Normalizable + PartialOrd>(bounds: Bounds<T>, max: T) -> Result<Range<T>, String> {
    let lower_overflows = matches!(&bounds.0, Some((value, RangeBoundKind::Exclusive)) if *value == max);
    let upper_overflows = matches!(&bounds.1, Some((value, RangeBoundKind::Inclusive)) if *value == max);
    if lower_overflows || upper_overflows {
        return Err("a bound of the range is out of range".to_owned());
    }
    Ok(range(bounds))
}

fn range<T: Normalizable + PartialOrd>((lower, upper): Bounds<T>) -> Range<T> {
    Range::new(lower.map(bound), upper.map(bound))
}

fn bound<S: BoundSided, T: PartialOrd>((value, kind): (T, RangeBoundKind)) -> RangeBound<S, T> {
    let kind = match kind {
        RangeBoundKind::Inclusive => BoundType::Inclusive,
        RangeBoundKind::Exclusive => BoundType::Exclusive,
    };
    RangeBound::new(value, kind)
}

fn kind(kind: BoundType) -> RangeBoundKind {
    match kind {
        BoundType::Inclusive => RangeBoundKind::Inclusive,
        BoundType::Exclusive => RangeBoundKind::Exclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::RangeBoundKind::{Exclusive, Inclusive};
    use super::*;

    fn normal(bounds_of: Bounds<i32>) -> Result<Bounds<i32>, String> {
        int32_range(bounds_of).map(|range| bounds(&range, |value| *value))
    }

    #[test]
    fn integer_ranges_are_normalized_within_their_bounds() {
        let inclusive = |value| Some((value, Inclusive));
        let exclusive = |value| Some((value, Exclusive));
        assert_eq!(normal((exclusive(1), inclusive(4))).unwrap(), (inclusive(2), exclusive(5)));
        assert_eq!(normal((None, exclusive(i32::MAX))).unwrap(), (None, exclusive(i32::MAX)));
        assert_eq!(normal((inclusive(i32::MAX), None)).unwrap(), (inclusive(i32::MAX), None));
        assert_eq!(normal((inclusive(5), exclusive(5))).unwrap(), (None, None));
        assert!(normal((None, inclusive(i32::MAX))).is_err());
        assert!(normal((exclusive(i32::MAX), None)).is_err());
        assert!(int64_range((None, Some((i64::MAX, Inclusive)))).is_err());
    }

    #[test]
    fn decimal_bounds_are_kept() {
        let given = (Some(("1.50".to_owned(), Exclusive)), Some(("2".to_owned(), Inclusive)));
        let range = decimal_range(given.clone()).unwrap();
        assert_eq!(bounds(&range, ToString::to_string), given);
        assert!(decimal_range((None, Some(("x".to_owned(), Inclusive)))).is_err());
    }
}
