//! The operator's list of subscribers: CSV with the columns `imsi`, `msisdn` and `uris`.

use std::io::Read;

use pengate_codecs::sip::Uri;
use smallvec::SmallVec;
use smol_str::SmolStr;
use thiserror::Error;

use crate::event::{Digits, Imsi, Msisdn};

/// One row of the list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Subscriber {
    /// IMSI, when the row has one.
    pub imsi: Option<Imsi>,
    /// Number in international form, when the row has one.
    pub msisdn: Option<Msisdn>,
    /// Public identities in canonical form; the first is the presentity, the others its aliases.
    pub uris: SmallVec<[SmolStr; 1]>,
}

/// A row that cannot be used.
#[derive(Debug, Error)]
pub enum ProvisioningError {
    /// Not CSV, or the columns are not those expected.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A field is not what its column holds.
    #[error("line {line}: {column} is not {expected}")]
    Field {
        /// Line in the file, from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
}

/// Reads the list, row by row: `each` takes a subscriber or what is wrong with a row.
///
/// Several URIs of a subscriber are separated by spaces. A number may begin with a plus sign.
///
/// # Errors
/// [`ProvisioningError::Csv`] when the header is not `imsi,msisdn,uris`.
pub fn read_subscribers(
    input: impl Read,
    mut each: impl FnMut(Result<Subscriber, ProvisioningError>),
) -> Result<(), ProvisioningError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(input);
    let header = reader.byte_headers()?;
    if header.iter().ne([&b"imsi"[..], b"msisdn", b"uris"]) {
        let expected = "the header imsi,msisdn,uris";
        return Err(ProvisioningError::Field {
            line: 1,
            column: "the first line",
            expected,
        });
    }
    let mut row = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => each(subscriber(&row)),
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => each(Err(error.into())),
        }
    }
}

fn subscriber(row: &csv::StringRecord) -> Result<Subscriber, ProvisioningError> {
    let line = row.position().map_or(0, csv::Position::line);
    let wrong = |column, expected| ProvisioningError::Field {
        line,
        column,
        expected,
    };
    let digits = |place: usize, column: &'static str| match row.get(place).unwrap_or_default() {
        "" => Ok(None),
        text => text
            .strip_prefix('+')
            .unwrap_or(text)
            .parse::<Digits>()
            .map(Some)
            .map_err(|_| wrong(column, "1 to 15 digits")),
    };
    let mut uris = SmallVec::new();
    for text in row.get(2).unwrap_or_default().split_ascii_whitespace() {
        let mut canonical = String::with_capacity(text.len());
        Uri::parse(text)
            .map_err(|_| wrong("uris", "a list of sip, sips, tel or pres URIs"))?
            .canonical(&mut canonical);
        uris.push(SmolStr::from(canonical));
    }
    if uris.is_empty() {
        return Err(wrong("uris", "at least one URI"));
    }
    let (imsi, msisdn) = (
        digits(0, "imsi")?.map(Imsi),
        digits(1, "msisdn")?.map(Msisdn),
    );
    Ok(Subscriber { imsi, msisdn, uris })
}
