"""Forms compiled ahead into DOLFINx's cache: each appears there whole, or not at all.

DOLFINx creates the C file of a form first and waits for the end of a compilation that may have been killed: whoever
comes later waits in vain.  Here a form is compiled in a folder of its own and moved into the cache when it is whole,
under a lock that the system releases when its holder dies; DOLFINx then finds it and compiles nothing.  Sources
that a killed compilation left behind are completed on the way.  Beside every library lies its digest: one that was
damaged since is compiled again instead of run.

The C compiler is called directly, which takes a third less than through setuptools.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import ffcx
import ffcx.naming
import numpy as np
import ufl
from dolfinx import default_scalar_type, fem
from dolfinx import jit as dolfinx_jit
from ffcx import compiler
from ffcx.codegeneration import get_include_path
from ffcx.codegeneration import jit as ffcx_jit

from ..geometry.checksums import file_digest, remove
from ..geometry.machine import GRAVE, system_error
from .gather import on_root

log = logging.getLogger(__name__)


def compiled(form: Any, entity_maps: Any = None) -> Any:
    """A form, or nested lists of forms, of DOLFINx from those of UFL; collective.

    Parameters
    ----------
    form, entity_maps
        See :func:`dolfinx.fem.form`.
    """
    forms = list(_flat(form))
    if forms:
        comm = forms[0].ufl_domain().ufl_cargo().comm
        on_root(comm, lambda: [_into_cache(each) for each in forms])
    return fem.form(form, entity_maps=entity_maps)


def _flat(form: Any) -> Iterator[ufl.Form]:
    if isinstance(form, ufl.Form):
        yield form
    elif isinstance(form, Iterable) and not isinstance(form, ufl.ZeroBaseForm):
        for each in form:
            yield from _flat(each)


def _into_cache(form: ufl.Form) -> None:
    """Compile a form unless the cache has it.

    What fails here is left to DOLFINx, which says what is wrong; but for faults of the machine, such as a full disk.

    Raises
    ------
    OSError
        The machine does not let the cache be written to.
    """
    options = ffcx.get_options({"scalar_type": default_scalar_type})
    settings = dolfinx_jit.get_options()
    flags = settings["cffi_extra_compile_args"]
    try:
        signature = ffcx_jit._compute_option_signature(options) + ffcx_jit._compilation_signature(
            flags, settings["cffi_debug"]
        )
        module = "libffcx_forms_" + ffcx.naming.compute_signature([form], signature)
        folder = Path(settings["cache_dir"])
        if _is_whole(folder, module):
            return
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{module}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_whole(folder, module):
                _build(form, module, folder, options, flags)
    except (OSError, AttributeError, subprocess.SubprocessError) as error:
        number = system_error(RuntimeError(f"{error} {getattr(error, 'stderr', '')}"))
        if number in GRAVE:
            raise OSError(number, os.strerror(number), str(settings["cache_dir"])) from error
        log.debug("a form was left to DOLFINx to compile: %s", error)


def _library(folder: Path, module: str) -> Path:
    return folder / (module + sysconfig.get_config_var("EXT_SUFFIX"))


def _is_whole(folder: Path, module: str) -> bool:
    """Whether a form is in the cache as it was compiled."""
    try:
        told = (folder / f"{module}.sha256").read_text(encoding="ascii")
        return (folder / f"{module}.c.cached").exists() and told == file_digest(_library(folder, module))
    except (OSError, UnicodeError):
        return False


def _build(form: ufl.Form, module: str, folder: Path, options: dict, flags: list[str]) -> None:
    import cffi

    code, _ = compiler.compile_ufl_objects([form], namespace=module, options=options)
    name, ready = ffcx.naming.form_name(form, 0, module), folder / f"{module}.c.cached"
    if ready.exists() and (folder / f"{module}.sha256").exists():
        log.warning("a compiled form in the cache is damaged and compiled again: %s", _library(folder, module))
    builder = cffi.FFI()
    builder.set_source(module, code[1])
    header = ffcx_jit.UFC_HEADER_DECL.format(np.dtype(options["scalar_type"]).name)
    builder.cdef(f"{header}{ffcx_jit.UFC_INTEGRAL_DECL}{ffcx_jit.UFC_FORM_DECL}extern ufcx_form {name};\n")
    # The lock is held: what lies here was left by a compilation that was killed.
    own = folder / f".building-{module}"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    try:
        source, library = Path(own, f"{module}.c"), _library(own, module)
        with redirect_stdout(StringIO()):
            builder.emit_c_code(str(source))
        command = [
            *shlex.split(sysconfig.get_config_var("LDSHARED")),
            *shlex.split(sysconfig.get_config_var("CFLAGS")),
            *shlex.split(sysconfig.get_config_var("CCSHARED")),
            f"-I{sysconfig.get_path('include')}",
            f"-I{get_include_path()}",
            "-std=c17",
            *flags,
            str(source),
            "-o",
            str(library),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        digest, sign = Path(own, f"{module}.sha256"), Path(own, ready.name)
        digest.write_text(file_digest(library), encoding="ascii")
        sign.write_text(done.stdout + done.stderr, encoding="utf-8")
        # The library first, then its source, last the sign that all are whole.
        for new in (library, digest, source, sign):
            old = folder / new.name
            if old.is_dir():
                remove(old)
            os.replace(new, old)
    finally:
        shutil.rmtree(own, ignore_errors=True)
