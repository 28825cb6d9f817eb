"""``manage.py make_sky``: draw the synthetic sky. See docs/synthetic-sky.md."""

import os
import sys
from typing import NoReturn

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from search.synthetic import hips
from search.synthetic.place import folder


class Command(BaseCommand):
    help = (
        "Draw the synthetic sky, AstroView's background that needs no network: about 1,000 tiles from catalogues. "
        "A run that was cut short goes on where it stopped; again: changes nothing."
    )
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        # the pages come first
        os.nice(10)
        with tqdm(total=hips.total_tiles(), unit="tile", desc="sky", disable=not sys.stderr.isatty()) as bar:
            try:
                made = hips.make(lambda done: self._tell(done, bar))
            except OSError as error:
                raise CommandError(
                    f"the sky was not drawn: {folder()} cannot be written ({error.strerror}); "
                    "make room or set PORTAL_HOME, then run manage.py make_sky again: it goes on where it stopped"
                ) from error
        self.stdout.write(f"synthetic sky: {made} tiles drawn, {hips.total_tiles() - made} were there")

    def _tell(self, done: int, bar: "tqdm[NoReturn]") -> None:
        bar.update(done - bar.n)
        if bar.disable and done % (hips.total_tiles() // 10) == 0:
            self.stdout.write(f"synthetic sky: {done} of {hips.total_tiles()} tiles")
