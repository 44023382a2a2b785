"""What is wrong with a user's template, by its file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jinja2 import TemplateError, TemplateSyntaxError

from supportcli.errors import ConfigurationError

_FAULTS: Final = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a template can do wrong while it runs."""

_ITS_FILE: Final = "<template>"
"""What a trace calls a template that came as text, as the user's does."""

_HINT: Final = 'a template may begin with {% extends "report.html" %}'


def read_template(template: Path) -> str:
    """The source of a user's template."""
    try:
        return template.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the template {template}: {error.strerror}", hint=_HINT
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"the template {template} is not in UTF-8") from error


@contextmanager
def faults_told(template: Path) -> Iterator[None]:
    """Turn what goes wrong in a user's template into an error that names the line."""
    try:
        yield
    except TemplateSyntaxError as error:
        raise _told(template, error.lineno, error) from error
    except _FAULTS as error:
        line = _line_of(error)
        if line is None:
            raise
        raise _told(template, line, error) from error


def _line_of(error: Exception) -> int | None:
    """The line of the user's template that was running; None where none was."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _ITS_FILE]
    return lines[-1] if lines else None


def _told(template: Path, line: int, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"{template}:{line}: {error}", hint=_HINT)
