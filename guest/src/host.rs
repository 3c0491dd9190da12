//! What the host gives: a way to end the evaluation and a way to print. And what the linker gives: the policy.

#[cfg(target_arch = "wasm32")]
mod imp {
    #![allow(unsafe_code, reason = "foreign functions")]

    mod env {
        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            pub(super) safe fn opa_abort(addr: u32);
            pub(super) safe fn policy_eval(ctx: u32) -> i32;
        }
    }

    /// Ends the evaluation with the C string at `addr`.
    #[cold]
    pub fn abort_at(addr: u32) -> ! {
        env::opa_abort(addr);
        core::arch::wasm32::unreachable()
    }

    /// Ends the evaluation with a reason, which must end in NUL.
    #[cold]
    pub fn abort(reason: &[u8]) -> ! {
        abort_at(reason.as_ptr().expose_provenance() as u32)
    }

    /// Runs the entrypoint of the context; the link step puts the generated function here.
    pub fn policy_eval(ctx: u32) -> i32 {
        env::policy_eval(ctx)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod imp {
    use alloc::boxed::Box;
    use alloc::string::String;

    /// A panic with that text stands in for the trap. It is no defect, so nothing is printed.
    fn end_with(text: &[u8]) -> ! {
        std::panic::resume_unwind(Box::new(String::from_utf8_lossy(text).into_owned()))
    }

    /// Ends the evaluation with the C string at `addr`: natively a panic with that text.
    pub fn abort_at(addr: u32) -> ! {
        let mut end = addr;
        while crate::mem::load8(end) != 0 {
            end += 1;
        }
        end_with(crate::mem::bytes(addr, end - addr))
    }

    /// Ends the evaluation with a reason, which must end in NUL.
    pub fn abort(reason: &[u8]) -> ! {
        end_with(reason.strip_suffix(b"\0").unwrap_or(reason))
    }

    /// There is no policy natively: the result is left undefined.
    pub fn policy_eval(_ctx: u32) -> i32 {
        0
    }
}

pub use imp::{abort, abort_at, policy_eval};
