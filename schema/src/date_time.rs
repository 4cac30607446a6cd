//! Date-times as text: RFC 3339 in UTC, with milliseconds.
//!
//! Why it is here and not a dependency: the API and exports need two functions of a calendar, in one fixed form.

use crate::ids::TimestampMs;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// `2026-11-23T14:05:00.000Z`.
#[must_use]
pub fn format(time: TimestampMs) -> String {
    let (year, month, day) = date_of(time.0 / DAY_MS);
    let ms = time.0 % DAY_MS;
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        ms % 1_000
    )
}

/// Reads an RFC 3339 date-time from 1970 on; `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<TimestampMs> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    date.parse::<crate::domain::values::Date>().ok()?;
    let [year, month, day] = numbers(date, '-')?;
    let (clock, offset_minutes) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':')?;
    let digits = clock.len() == 8 && !fraction.is_empty() && fraction.bytes().all(|c| c.is_ascii_digit());
    if !digits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let fraction_ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let seconds = days_until(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    let ms = (seconds - offset_minutes * 60) * 1_000 + fraction_ms;
    u64::try_from(ms).ok().map(TimestampMs)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let number = |part: &str| {
        part.bytes()
            .all(|c| c.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = text.split(between).map(|part| number(part).map(i64::from));
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let number = |text: &str, max| {
        let digits = text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit());
        digits
            .then(|| text.parse::<u32>().ok())
            .flatten()
            .filter(|number| *number <= max)
    };
    Some((
        clock,
        sign * i64::from(number(hours, 23)? * 60 + number(minutes, 59)?),
    ))
}

/// Days from 1970-01-01 to a date (Howard Hinnant's `days_from_civil`).
fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date that many days after 1970-01-01 (`civil_from_days`).
fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(format(TimestampMs(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(format(TimestampMs(951_782_400_000)), "2000-02-29T00:00:00.000Z");
        assert_eq!(format(TimestampMs(1_795_442_749_017)), "2026-11-23T14:05:49.017Z");
        assert_eq!(
            parse("2026-11-23T15:05:49.0179+01:00"),
            Some(TimestampMs(1_795_442_749_017))
        );
        assert_eq!(
            parse("2026-11-23T14:05:49Z"),
            Some(TimestampMs(1_795_442_749_000))
        );
    }

    #[test]
    fn every_day_leads_back() {
        for day in (0..120_000).step_by(17) {
            let time = TimestampMs(day * DAY_MS + 12_345_678);
            assert_eq!(parse(&format(time)), Some(time));
        }
    }

    #[test]
    fn other_text_is_none() {
        for bad in [
            "",
            "2026-11-23",
            "2026-11-23T14:05Z",
            "2026-02-30T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T14:05:49",
            "2026-11-23T14:05:49.Z",
            "2026-11-23T14:05:49+1:00",
            "1969-12-31T23:59:59Z",
            "2026-11-23T14:05:49é00:00",
            "2026-11-23T-1:05:49Z",
            "2026-11-23T+1:05:49Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
