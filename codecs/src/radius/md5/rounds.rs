//! The 64 steps of MD5 (RFC 1321 clause 3.4), written once for one lane and for many.

/// The table T of RFC 1321: the whole part of 2^32 times |sin(i + 1)|.
pub(super) const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// Expands to the 64 steps over the words `$words` and the registers `$a` to `$d`, with the
/// constants `$sines`.
///
/// The functions `f`, `g`, `h` and `i` are those in scope where the macro is used; their two
/// constants are the left rotation and its complement to 32, and a third may be `$width`.
macro_rules! rounds {
    ($a:ident, $b:ident, $c:ident, $d:ident, $words:ident, $sines:ident $(, $width:ident)?) => {
        $a = f::<7, 25 $(, $width)?>($a, $b, $c, $d, $words[0], $sines[0]);
        $d = f::<12, 20 $(, $width)?>($d, $a, $b, $c, $words[1], $sines[1]);
        $c = f::<17, 15 $(, $width)?>($c, $d, $a, $b, $words[2], $sines[2]);
        $b = f::<22, 10 $(, $width)?>($b, $c, $d, $a, $words[3], $sines[3]);
        $a = f::<7, 25 $(, $width)?>($a, $b, $c, $d, $words[4], $sines[4]);
        $d = f::<12, 20 $(, $width)?>($d, $a, $b, $c, $words[5], $sines[5]);
        $c = f::<17, 15 $(, $width)?>($c, $d, $a, $b, $words[6], $sines[6]);
        $b = f::<22, 10 $(, $width)?>($b, $c, $d, $a, $words[7], $sines[7]);
        $a = f::<7, 25 $(, $width)?>($a, $b, $c, $d, $words[8], $sines[8]);
        $d = f::<12, 20 $(, $width)?>($d, $a, $b, $c, $words[9], $sines[9]);
        $c = f::<17, 15 $(, $width)?>($c, $d, $a, $b, $words[10], $sines[10]);
        $b = f::<22, 10 $(, $width)?>($b, $c, $d, $a, $words[11], $sines[11]);
        $a = f::<7, 25 $(, $width)?>($a, $b, $c, $d, $words[12], $sines[12]);
        $d = f::<12, 20 $(, $width)?>($d, $a, $b, $c, $words[13], $sines[13]);
        $c = f::<17, 15 $(, $width)?>($c, $d, $a, $b, $words[14], $sines[14]);
        $b = f::<22, 10 $(, $width)?>($b, $c, $d, $a, $words[15], $sines[15]);
        $a = g::<5, 27 $(, $width)?>($a, $b, $c, $d, $words[1], $sines[16]);
        $d = g::<9, 23 $(, $width)?>($d, $a, $b, $c, $words[6], $sines[17]);
        $c = g::<14, 18 $(, $width)?>($c, $d, $a, $b, $words[11], $sines[18]);
        $b = g::<20, 12 $(, $width)?>($b, $c, $d, $a, $words[0], $sines[19]);
        $a = g::<5, 27 $(, $width)?>($a, $b, $c, $d, $words[5], $sines[20]);
        $d = g::<9, 23 $(, $width)?>($d, $a, $b, $c, $words[10], $sines[21]);
        $c = g::<14, 18 $(, $width)?>($c, $d, $a, $b, $words[15], $sines[22]);
        $b = g::<20, 12 $(, $width)?>($b, $c, $d, $a, $words[4], $sines[23]);
        $a = g::<5, 27 $(, $width)?>($a, $b, $c, $d, $words[9], $sines[24]);
        $d = g::<9, 23 $(, $width)?>($d, $a, $b, $c, $words[14], $sines[25]);
        $c = g::<14, 18 $(, $width)?>($c, $d, $a, $b, $words[3], $sines[26]);
        $b = g::<20, 12 $(, $width)?>($b, $c, $d, $a, $words[8], $sines[27]);
        $a = g::<5, 27 $(, $width)?>($a, $b, $c, $d, $words[13], $sines[28]);
        $d = g::<9, 23 $(, $width)?>($d, $a, $b, $c, $words[2], $sines[29]);
        $c = g::<14, 18 $(, $width)?>($c, $d, $a, $b, $words[7], $sines[30]);
        $b = g::<20, 12 $(, $width)?>($b, $c, $d, $a, $words[12], $sines[31]);
        $a = h::<4, 28 $(, $width)?>($a, $b, $c, $d, $words[5], $sines[32]);
        $d = h::<11, 21 $(, $width)?>($d, $a, $b, $c, $words[8], $sines[33]);
        $c = h::<16, 16 $(, $width)?>($c, $d, $a, $b, $words[11], $sines[34]);
        $b = h::<23, 9 $(, $width)?>($b, $c, $d, $a, $words[14], $sines[35]);
        $a = h::<4, 28 $(, $width)?>($a, $b, $c, $d, $words[1], $sines[36]);
        $d = h::<11, 21 $(, $width)?>($d, $a, $b, $c, $words[4], $sines[37]);
        $c = h::<16, 16 $(, $width)?>($c, $d, $a, $b, $words[7], $sines[38]);
        $b = h::<23, 9 $(, $width)?>($b, $c, $d, $a, $words[10], $sines[39]);
        $a = h::<4, 28 $(, $width)?>($a, $b, $c, $d, $words[13], $sines[40]);
        $d = h::<11, 21 $(, $width)?>($d, $a, $b, $c, $words[0], $sines[41]);
        $c = h::<16, 16 $(, $width)?>($c, $d, $a, $b, $words[3], $sines[42]);
        $b = h::<23, 9 $(, $width)?>($b, $c, $d, $a, $words[6], $sines[43]);
        $a = h::<4, 28 $(, $width)?>($a, $b, $c, $d, $words[9], $sines[44]);
        $d = h::<11, 21 $(, $width)?>($d, $a, $b, $c, $words[12], $sines[45]);
        $c = h::<16, 16 $(, $width)?>($c, $d, $a, $b, $words[15], $sines[46]);
        $b = h::<23, 9 $(, $width)?>($b, $c, $d, $a, $words[2], $sines[47]);
        $a = i::<6, 26 $(, $width)?>($a, $b, $c, $d, $words[0], $sines[48]);
        $d = i::<10, 22 $(, $width)?>($d, $a, $b, $c, $words[7], $sines[49]);
        $c = i::<15, 17 $(, $width)?>($c, $d, $a, $b, $words[14], $sines[50]);
        $b = i::<21, 11 $(, $width)?>($b, $c, $d, $a, $words[5], $sines[51]);
        $a = i::<6, 26 $(, $width)?>($a, $b, $c, $d, $words[12], $sines[52]);
        $d = i::<10, 22 $(, $width)?>($d, $a, $b, $c, $words[3], $sines[53]);
        $c = i::<15, 17 $(, $width)?>($c, $d, $a, $b, $words[10], $sines[54]);
        $b = i::<21, 11 $(, $width)?>($b, $c, $d, $a, $words[1], $sines[55]);
        $a = i::<6, 26 $(, $width)?>($a, $b, $c, $d, $words[8], $sines[56]);
        $d = i::<10, 22 $(, $width)?>($d, $a, $b, $c, $words[15], $sines[57]);
        $c = i::<15, 17 $(, $width)?>($c, $d, $a, $b, $words[6], $sines[58]);
        $b = i::<21, 11 $(, $width)?>($b, $c, $d, $a, $words[13], $sines[59]);
        $a = i::<6, 26 $(, $width)?>($a, $b, $c, $d, $words[4], $sines[60]);
        $d = i::<10, 22 $(, $width)?>($d, $a, $b, $c, $words[11], $sines[61]);
        $c = i::<15, 17 $(, $width)?>($c, $d, $a, $b, $words[2], $sines[62]);
        $b = i::<21, 11 $(, $width)?>($b, $c, $d, $a, $words[9], $sines[63]);
    };
}

pub(super) use rounds;
