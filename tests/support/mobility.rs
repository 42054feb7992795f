//! What VLR and SGSN tell of the test subscriber, for captures that are made here.

use pengate_asn1::Value;
use pengate_codecs::map;

/// The argument of noteMM-Event with an MM-Code and the cell (TS 29.002 clause 17.7.1): a code of the
/// packet domain carries the place that an SGSN tells.
pub fn note_mm_event(code: u8, cell: [u8; 7]) -> Vec<u8> {
    use map::CellGlobalIdOrServiceAreaIdOrLai as Area;
    let cell = map::CellGlobalIdOrServiceAreaIdFixedLength::new(cell);
    let area = Some(Area::CellGlobalIdOrServiceAreaIdFixedLength(cell));
    let (mut imsi, mut msisdn) = ([0; 8], [0; 9]);
    let mut argument = map::NoteMmEventArg {
        event_met: map::MmCode::new([code]),
        imsi: map::Imsi::from_digits(b"001010000000001", &mut imsi).unwrap(),
        msisdn: map::IsdnAddressString::international(b"99900000001", &mut msisdn).unwrap(),
        ..map::NoteMmEventArg::BLANK
    };
    if code < 0x80 {
        argument.location_information = Some(map::LocationInformation {
            age_of_location_information: map::AgeOfLocationInformation::new(0),
            cell_global_id_or_service_area_id_or_lai: area,
            ..map::LocationInformation::BLANK
        });
    } else {
        argument.location_information_gprs = Some(map::LocationInformationGprs {
            cell_global_id_or_service_area_id_or_lai: area,
            ..map::LocationInformationGprs::BLANK
        });
    }
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}
