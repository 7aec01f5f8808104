"""Functions that only compiled code calls, without machine code of their own.

Numba optimises every function with all that it calls, and writes machine code for it, before it does the same once more for whoever
calls it. What nobody calls from Python needs neither: its code goes into that of its caller as it is, and is optimised there, once.
"""

# mypy: ignore-errors
from __future__ import annotations

from llvmlite.binding import parse_assembly

from neurolsm.compiled.compiler import KernelCompiler, QuickLibrary

ENVIRONMENT = "_ZN08NumbaEnv"  # a place of Python objects that Numba sets for every function


class Part(QuickLibrary):
    """Code to be linked into that of a caller."""

    def finalize(self):
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._final_module.verify()
        self._finalize_dynamic_globals()
        for variable in self._final_module.global_variables:
            if variable.name.startswith(ENVIRONMENT) and not self._codegen._engine.is_symbol_defined(variable.name):
                self._codegen._add_module(parse_assembly(f'@"{variable.name}" = common global ptr null'))
        self._finalized = True

    def serialize_using_object_code(self):
        return self.serialize_using_bitcode()


class PartCompiler(KernelCompiler):
    """A pipeline into a ``Part``."""

    made = Part
