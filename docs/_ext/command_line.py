"""The reference of the command line, from the program's own definition."""

from __future__ import annotations

import re
from enum import EnumType
from typing import Any, get_type_hints

from markdown import code, heading, page, plain, table

INTRODUCTION = """
Every command and option, generated from what `archode --help` reads; a [table](../study_file.md#command-line) puts them
side by side.
"""


def command_page() -> str:
    """All commands as Markdown."""
    import typer.main
    from archode.studies.cli import app

    functions = {info.name or info.callback.__name__: info.callback for info in app.registered_commands}
    commands = typer.main.get_command(app).commands
    parts = [_command(command, get_type_hints(functions[name])) for name, command in commands.items()]
    return page("Reference of the command line", INTRODUCTION, _exit_codes(), *parts)


def _exit_codes() -> str:
    from archode.studies.exit_codes import ExitCode

    return table(("exit code", "meaning"), [(str(int(code)), plain(code.meaning)) for code in ExitCode])


def _command(command, types: dict[str, Any]) -> str:
    rows = [_row(parameter, types[parameter.name]) for parameter in command.params if not parameter.hidden]
    usage = " ".join(["archode", command.name, *(_usage(p) for p in command.params)])
    words = plain(re.sub(r"[ \t]*\n[ \t]*", "\n", (command.help or "").strip()))
    return (
        f"{heading(2, f'archode {command.name}', f'command-{command.name}')}\n\n{words}\n\n"
        f"```text\n{' '.join(usage.split())}\n```\n\n{table(('argument', 'takes', 'default', 'meaning'), rows)}"
    )


def _is_argument(parameter) -> bool:
    return parameter.param_type_name == "argument"


def _metavar(parameter) -> str:
    return (parameter.metavar or parameter.name.upper()).strip("[]…")


def _usage(parameter) -> str:
    if _is_argument(parameter):
        name = _metavar(parameter)
        name = f"{name} …" if parameter.nargs == -1 else name
        return name if parameter.required else f"[{name}]"
    return ""


def _row(parameter, taken: Any) -> tuple[str, str, str, str]:
    names = [_metavar(parameter)] if _is_argument(parameter) else [*parameter.opts, *parameter.secondary_opts]
    return ", ".join(map(code, names)), _takes(parameter, taken), _default(parameter), plain(parameter.help or "")


def _takes(parameter, taken: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return "nothing"
    if isinstance(taken, EnumType):
        return ", ".join(code(choice.value) for choice in taken)
    if parameter.metavar and not _is_argument(parameter):
        return code(parameter.metavar)
    return "path" if "Path" in str(taken) else "text"


def _default(parameter) -> str:
    if parameter.required:
        return "–"
    default = parameter.default
    if getattr(parameter, "is_flag", False) and parameter.secondary_opts:
        return code((parameter.opts if default else parameter.secondary_opts)[0])
    if default is False:
        return "off"
    if default is None or default == [] or callable(default):
        return "none"
    return code(getattr(default, "value", default))
