//! Protocol state that outlives a message.
