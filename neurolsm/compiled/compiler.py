"""Numba's compiler without the detours that a kernel does not need: the same machine code in less time."""

# mypy: ignore-errors
from __future__ import annotations

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags

from neurolsm.compiled.operators import remembering

# Passes that look through every function for what kernels do not have: functions within functions, operators between whole arrays,
# overloads that ask to be inlined.
LEFT_OUT = ("InlineClosureLikes", "InlineOverloads", "NopythonRewrites")


DEFAULTS = Flags().values()
HASH = hash(Flags())  # of what is equal, and Numba hashes the names of the flags alone


class QuickFlags(Flags):
    """Flags that are compared by what is set, and is not the default. Numba collects all of them, defaults too, and does so tens of
    thousands of times for a kernel: whenever it looks up a function, for all flags have one hash."""

    __slots__ = ()

    def chosen(self):
        return {name: value for name, value in self._values.items() if value != DEFAULTS[name]}

    def __hash__(self):
        return HASH

    def __eq__(self, other):
        if type(other) is not QuickFlags:
            return super().__eq__(other)
        return self._values == other._values or self.chosen() == other.chosen()


class QuickLibrary(JITCodeLibrary):
    """Code of which LLVM optimises one function after the other with one set of passes. Numba makes another set for each function, and
    nine of ten functions are only declared."""

    def _optimize_functions(self, module):
        module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in module.functions:
            if not function.is_declaration:
                passes.run(function, builder)


class KernelCompiler(Compiler):
    """A pipeline of fewer passes, into a library of the class ``made``."""

    made = QuickLibrary

    def __init__(self, typingctx, targetctx, library, args, return_type, flags, local):
        super().__init__(typingctx, targetctx, library, args, return_type, QuickFlags(flags), local)

    def _compile_core(self):
        state = self.state
        if state.library is None:
            state.library = self.made(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        with remembering():
            return super()._compile_core()

    def define_pipelines(self):
        pipelines = Compiler.define_pipelines(self)
        for pipeline in pipelines:
            pipeline.passes = [(one, why) for one, why in pipeline.passes if one.__name__ not in LEFT_OUT]
            pipeline.finalize()
        return pipelines
