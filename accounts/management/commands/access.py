"""``manage.py access …``: who leads a program, who has grants, release dates, withdrawn files, the log."""

import argparse
import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.template.defaultfilters import pluralize

from accounts import actions, audit, holdings
from accounts.models import AuditEntry, Grant, Lead
from archive.clock import machine_now
from archive.models import Observation, Product, Program


class Command(BaseCommand):
    help = (
        "Name or remove a program's PI, show and revoke grants, change release dates, queue observations for"
        " reprocessing, withdraw files or give them out again, read the log."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True)
        for name, text in (("lead", "name the PI"), ("unlead", "remove a PI"), ("revoke", "end somebody's grant")):
            task = tasks.add_parser(name, help=text)
            _add_program(task)
            task.add_argument("email")
        _add_program(tasks.add_parser("show", help="PIs and grants of a program"))
        release = tasks.add_parser("release", help="change the release of observations")
        release.add_argument("day", type=_day, help="UTC day or instant, like 2026-07-19 or 2026-07-19T12:00:00")
        release.add_argument("obsid", nargs="+", type=int)
        for name, text in (
            ("reprocess", "say that observations are queued for reprocessing"),
            ("reprocessed", "say that observations are not queued any more"),
        ):
            tasks.add_parser(name, help=text).add_argument("obsid", nargs="+", type=int)
        for name, text in (("withdraw", "give files out no more"), ("restore", "give withdrawn files out again")):
            tasks.add_parser(name, help=text).add_argument("file", nargs="+", help="URI or name")
        log = tasks.add_parser("log", help="the newest lines of the log")
        log.add_argument("--lines", type=int, default=50)

    def handle(self, *args: object, **options: Any) -> None:
        getattr(self, f"_{options['task']}")(options)

    def _lead(self, options: dict[str, Any]) -> None:
        lead = actions.assign_lead(_program(options), _address(options), audit.CONSOLE, machine_now())
        waits = "" if lead.user else " (waits for an account with this address)"
        print(f"{lead}{waits}")

    def _unlead(self, options: dict[str, Any]) -> None:
        lead = Lead.objects.filter(program=_program(options), email__iexact=options["email"]).first()
        if lead is None:
            raise CommandError(f"{options['email']} does not lead it; `access show` lists who does")
        actions.remove_lead(lead, audit.CONSOLE, machine_now())
        print(f"{lead.email} leads {lead.program} no more")

    def _revoke(self, options: dict[str, Any]) -> None:
        grant = Grant.objects.standing().filter(program=_program(options), email__iexact=options["email"]).first()
        if grant is None:
            raise CommandError(f"{options['email']} has no grant; `access show` lists who has")
        actions.revoke_access(grant, audit.CONSOLE, machine_now())
        print(f"{grant.email} has no access to {grant.program} any more")

    def _show(self, options: dict[str, Any]) -> None:
        program = _program(options)
        leads, grants = Lead.objects.filter(program=program), Grant.objects.standing().filter(program=program)
        if not leads and not grants:
            print(f"{program}: nobody leads it, nobody has a grant; `access lead` names the PI")
        for lead in leads:
            print(f"PI     {lead.email}  {lead.get_source_display()}{'' if lead.user_id else '  no account yet'}")
        for grant in grants:
            end = f"to the end of {grant.last_day}" if grant.last_day else "until all is public"
            print(f"grant  {grant.email}  {end}{'' if grant.user_id else '  no account yet'}")

    def _release(self, options: dict[str, Any]) -> None:
        count = holdings.change_release(_observations(options), options["day"], audit.CONSOLE, machine_now())
        print(f"{count} observation{pluralize(count)} changed")

    def _reprocess(self, options: dict[str, Any]) -> None:
        count = holdings.mark_stale(_observations(options), True, audit.CONSOLE, machine_now())
        print(f"{count} observation{pluralize(count)} queued for reprocessing")

    def _reprocessed(self, options: dict[str, Any]) -> None:
        count = holdings.mark_stale(_observations(options), False, audit.CONSOLE, machine_now())
        print(f"{count} observation{pluralize(count)} not queued any more")

    def _withdraw(self, options: dict[str, Any]) -> None:
        count = holdings.withdraw(_files(options), audit.CONSOLE, machine_now())
        print(f"{count} file{pluralize(count)} withdrawn")

    def _restore(self, options: dict[str, Any]) -> None:
        count, refused = holdings.restore(_files(options), audit.CONSOLE, machine_now())
        print(f"{count} file{pluralize(count)} given out again")
        if refused:
            raise CommandError("not given out: " + "; ".join(refused))

    def _log(self, options: dict[str, Any]) -> None:
        entries = AuditEntry.objects.order_by("-at", "-pk")[: options["lines"]]
        if not entries:
            print("The log has no line yet.")
        for entry in entries:
            facts = (entry.actor, entry.action, entry.program, entry.subject, entry.detail)
            print(f"{entry.at:%Y-%m-%d %H:%M:%S}  " + "  ".join(fact for fact in facts if fact))


def _add_program(task: argparse.ArgumentParser) -> None:
    task.add_argument("mission")
    task.add_argument("number")


def _program(options: dict[str, Any]) -> Program:
    program = actions.find_program(options["mission"], options["number"])
    if program is None:
        raise CommandError(f"no program {options['mission']} {options['number']}; ingest it first")
    return program


def _observations(options: dict[str, Any]) -> QuerySet[Observation]:
    rows = Observation.objects.filter(pk__in=options["obsid"])
    if missing := set(options["obsid"]) - set(rows.values_list("pk", flat=True)):
        raise CommandError(f"no observation {', '.join(map(str, sorted(missing)))}; nothing was changed")
    return rows


def _files(options: dict[str, Any]) -> QuerySet[Product]:
    files = options["file"]
    rows = Product.objects.filter(Q(uri__in=files) | Q(filename__in=files))
    known = {*rows.values_list("uri", flat=True), *rows.values_list("filename", flat=True)}
    if missing := [name for name in files if name not in known]:
        raise CommandError(f"no file {', '.join(missing)}; nothing was changed")
    return rows


def _address(options: dict[str, Any]) -> str:
    email: str = options["email"]
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{email!r} is no e-mail address; write it like name@example.org") from None
    return email


def _day(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-07-19") from None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
