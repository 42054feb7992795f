//! Captures: pcap and pcapng files to chunks, and chunks to pcapng.
