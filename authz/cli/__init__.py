"""The command line: one file per family of commands, listed in `COMMANDS`."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click

from authz import __version__
from authz.cli.analytics import analytics_roles
from authz.cli.audit import audit
from authz.cli.check import check
from authz.cli.database import db
from authz.cli.demo import demo
from authz.cli.doctor import doctor
from authz.cli.emergencies import emergencies
from authz.cli.exits import NO_ANSWER, YES
from authz.cli.explain import explain
from authz.cli.grants import grant, grants, revoke
from authz.cli.guests import guests
from authz.cli.keys import keys
from authz.cli.policy import policy
from authz.cli.practices import practices, seats
from authz.cli.printing import Printer
from authz.cli.requests import requests
from authz.cli.review import review
from authz.cli.roles import roles
from authz.cli.seed import seed
from authz.cli.serve import serve
from authz.cli.users import users
from authz.core.errors import AuthzError, BadPolicy, Conflict, Invalid
from authz.logs import log_to

COMMANDS: Final[tuple[click.Command, ...]] = (
    serve,
    db,
    seed,
    demo,
    keys,
    check,
    explain,
    practices,
    users,
    guests,
    seats,
    roles,
    analytics_roles,
    grant,
    revoke,
    grants,
    requests,
    emergencies,
    audit,
    policy,
    review,
    doctor,
)


def run(arguments: Sequence[str]) -> int:
    """Runs one command; the exit code is 0 for yes or well, 1 for no or findings, 2 when there is no answer.

    INVARIANT: whatever is raised ends as 2, since Python's own 1 would read as a denial.
    """
    printer = Printer()
    log_to(sys.stderr, "ERROR")  # alarms only: a failure is told by the command itself
    try:
        code = _commands().main(list(arguments), prog_name="authz", standalone_mode=False, obj=printer)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        printer.problem("usage", _with_usage(error, printer))
    except (click.Abort, KeyboardInterrupt):
        printer.problem("interrupted", "interrupted")
    except AuthzError as error:
        printer.problem(_code(error), str(error), _details(error))
    except (BrokenPipeError, SystemExit):
        # Whoever read this has gone, for which click leaves with 1. What is unwritten must not fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        printer.problem("system", _of_the_system(error))
    except Exception as error:  # noqa: BLE001  # see the invariant above
        if os.environ.get("AUTHZ_LOG_LEVEL", "").upper() == "DEBUG":
            traceback.print_exc()
        told = f"{type(error).__name__}: {error}"
        printer.problem("unexpected", f"a fault of this program, with AUTHZ_LOG_LEVEL=DEBUG it says where: {told}")
    else:
        return code if isinstance(code, int) else YES
    return NO_ANSWER


def _commands() -> click.Group:
    group = click.Group("authz", {command.name or "": command for command in COMMANDS}, help=_HELP)
    return click.version_option(__version__, message="%(prog)s %(version)s")(group)


_HELP: Final = """Decides who may do what in a medical practice.

Settings come from AUTHZ_* environment variables; `authz doctor` shows them.
Exit codes: 0 yes or well, 1 no or findings, 2 the question was wrong or could not be answered.
"""


def _with_usage(error: click.ClickException, printer: Printer) -> str:
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    context = error.ctx if isinstance(error, click.UsageError) else None
    return message if printer.json or context is None else f"{message}\n{context.get_usage()}"


def _of_the_system(error: OSError) -> str:
    why = error.strerror or str(error)
    return f"`{error.filename}`: {why}" if error.filename is not None else why


def _code(error: AuthzError) -> str:
    return (
        error.code if isinstance(error, Conflict) else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    )


def _details(error: AuthzError) -> list[dict[str, object]]:
    return [asdict(one) for one in error.errors] if isinstance(error, Invalid | BadPolicy) else []
