//! The bound on a guest's memory: what all of its linear memories and tables hold together.

use wasmtime::{ResourceLimiter, Result, Store};
use wasmtime_c_api::{WasmtimeStoreData, wasmtime_store_t};

/// A table's element is a pointer, and what the engine keeps beside it.
const TABLE_ELEMENT: usize = 16;

pub struct Limits {
    left: usize,
    last: usize, // taken by the growth under way, in case it fails
    reached: extern "C" fn(),
}

impl Limits {
    /// `max` is in bytes, and 0 for no bound. `reached` is told each time that the guest is refused.
    pub fn new(max: usize, reached: extern "C" fn()) -> Self {
        Limits { left: if max == 0 { usize::MAX } else { max }, last: 0, reached }
    }

    fn take(&mut self, more: usize) -> Result<bool> {
        if more > self.left {
            (self.reached)();
            return Ok(false);
        }
        self.left -= more;
        self.last = more;
        Ok(true)
    }

    fn give_back(&mut self) -> Result<()> {
        self.left += std::mem::take(&mut self.last);
        Ok(())
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.take(desired - current)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> Result<()> {
        self.give_back()
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.take((desired - current).saturating_mul(TABLE_ELEMENT))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> Result<()> {
        self.give_back()
    }
}

// As with the engine (lib.rs): the field is private.
const _: () = assert!(size_of::<wasmtime_store_t>() == size_of::<Store<WasmtimeStoreData>>());
const _: () = assert!(align_of::<wasmtime_store_t>() == align_of::<Store<WasmtimeStoreData>>());

struct Leaked(*mut Limits);
// SAFETY: only the store has it, and a store is used by one thread at a time.
unsafe impl Send for Leaked {}
unsafe impl Sync for Leaked {}

impl Leaked {
    fn get(&self) -> *mut Limits {
        self.0
    }
}

/// Bounds what the guest of a store made through the C API can have.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrun_store_limit(store: &mut wasmtime_store_t, max: usize, reached: extern "C" fn()) {
    // SAFETY: wasmtime_store_t is repr(C) with the Store as its only field.
    let store: &mut Store<WasmtimeStoreData> = unsafe { &mut *std::ptr::from_mut(store).cast() };
    // The store's data is the C API's own, so this lives beside it, as long as the process.
    let limits = Leaked(Box::into_raw(Box::new(Limits::new(max, reached))));
    store.limiter(move |_| unsafe { &mut *limits.get() });
}
