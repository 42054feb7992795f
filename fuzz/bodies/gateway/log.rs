//! A log that does as it is told.

use std::{cell::RefCell, rc::Rc};

use pengate::pen::log::{Batch, Log, LogError, LogPos, MemoryLog, RecordRef, Refusal, Settlement};

/// A log that is shared with whom it listens to.
#[derive(Clone, Debug)]
pub struct ScriptedLog(Rc<RefCell<MemoryLog>>);

impl ScriptedLog {
    pub fn new() -> Self {
        Self(Rc::new(RefCell::new(MemoryLog::new())))
    }

    pub fn power_cut(&self) {
        self.0.borrow_mut().power_cut();
    }

    pub fn refuse(&self, operand: u8) {
        let refusal = match operand & 3 {
            0 => None,
            1 => Some(Refusal::Busy),
            2 => Some(Refusal::NoSpace),
            _ => Some(Refusal::TooLarge),
        };
        self.0.borrow_mut().refuse(refusal);
    }

    pub fn fail(&self) {
        self.0.borrow_mut().fail("told to");
    }

    pub fn hold(&self) {
        self.0.borrow_mut().hold();
    }

    pub fn settle(&self, batches: u8) {
        self.0.borrow_mut().settle(batches.into());
    }

    pub fn release(&self) {
        self.0.borrow_mut().release();
    }
}

impl Log for ScriptedLog {
    fn submit(&mut self, batch: &Batch) -> Result<LogPos, Refusal> {
        self.0.borrow_mut().submit(batch)
    }

    fn poll(&mut self) -> Option<Settlement> {
        self.0.borrow_mut().poll()
    }

    fn admits(&self) -> Result<(), Refusal> {
        self.0.borrow().admits()
    }

    fn last(&self) -> LogPos {
        self.0.borrow().last()
    }

    fn floor(&self) -> LogPos {
        self.0.borrow().floor()
    }

    fn replay(
        &mut self,
        after: LogPos,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), LogError> {
        self.0.borrow_mut().replay(after, each)
    }

    fn truncate_to(&mut self, pos: LogPos) {
        self.0.borrow_mut().truncate_to(pos);
    }
}
