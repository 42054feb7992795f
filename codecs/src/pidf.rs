//! PIDF, its extensions and their rendering (RFC 3863, 4479, 4480, 4119).
