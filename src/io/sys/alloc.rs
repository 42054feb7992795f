//! How often memory is asked for: what `pengate bench` tells beside the time.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The system's allocator, which counts by thread how often it is asked. The count is one addition
/// to a thread's own memory, so the gateway does not feel it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

thread_local! {
    // Without a destructor and initialised by the compiler: it never allocates, and is there from a
    // thread's first to its last instruction.
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// How often this thread has asked for memory since it began; always 0 where the program does not
/// use [`CountingAllocator`].
#[must_use]
pub fn allocations() -> u64 {
    ASKED.get()
}

fn count() {
    ASKED.set(ASKED.get().wrapping_add(1));
}

#[expect(unsafe_code, reason = "an allocator has no safe form")]
// SAFETY: every method hands its arguments unchanged to the system's allocator and its result back,
// so whatever the caller guarantees to us holds for the system, and the reverse. Counting neither
// allocates nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "an allocator is used by unsafe calls")]
    fn every_request_for_memory_is_counted() {
        let layout = Layout::new::<[u64; 4]>();
        let before = allocations();
        // SAFETY: the layout is not empty, and what is freed was allocated with the layout it is
        // freed with.
        unsafe {
            let memory = CountingAllocator.alloc_zeroed(layout);
            assert!(!memory.is_null());
            let memory = CountingAllocator.realloc(memory, layout, 64);
            assert!(!memory.is_null());
            CountingAllocator.dealloc(
                memory,
                Layout::from_size_align_unchecked(64, layout.align()),
            );
        }
        assert_eq!(allocations() - before, 2);
    }
}
