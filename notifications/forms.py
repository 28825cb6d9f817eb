"""The form of a subscription: every attribute, checked, and told what to do about what cannot be."""

import re
from typing import Any

from django import forms

from archive.models import EventKind, Program
from notifications.models import Channel, Frequency, Subscription

#: Missions that can be subscribed to before any of their programs is here.
MISSIONS = ("JWST", "HST")
MOST_PROGRAMS = 20
#: Missions whose program numbers are digits, written with leading zeros here and there.
_NUMBERED = frozenset(MISSIONS)
_SEPARATORS = re.compile(r"[\s,;]+")
LEVELS = (("3", "3"), ("2", "2"), ("", "2 and 3"))
ATTRIBUTES = ("channel", "frequency", "mission", "kinds", "programs", "observation", "level")


def missions() -> list[str]:
    """The missions to choose from: the two of the original, and all whose programs are here."""
    held = Program.objects.exclude(mission__in=MISSIONS).values_list("mission", flat=True).distinct()
    return [*MISSIONS, *sorted(held)]


class SubscriptionForm(forms.Form):
    """The attributes of a subscription; the page names them as the archive does."""

    channel = forms.ChoiceField(
        choices=Channel.choices,
        error_messages={"required": "Choose E-mail or Portal.", "invalid_choice": "Choose E-mail or Portal."},
    )
    frequency = forms.ChoiceField(
        choices=Frequency.choices,
        error_messages={"required": "Choose how often.", "invalid_choice": "Choose one of the frequencies."},
    )
    mission = forms.ChoiceField(
        choices=lambda: [(name, name) for name in missions()],
        error_messages={"required": "Choose a mission.", "invalid_choice": "Choose one of the missions."},
    )
    kinds = forms.MultipleChoiceField(
        choices=EventKind.choices,
        error_messages={"required": "Tick at least one type.", "invalid_choice": "Tick types of the list only."},
    )
    programs = forms.CharField(
        max_length=400,
        error_messages={
            "required": "Give the number of a program, such as 2736.",
            "max_length": f"Give at most {MOST_PROGRAMS} programs.",
        },
    )
    observation = forms.CharField(
        required=False, max_length=100, error_messages={"max_length": "Give at most 100 characters."}
    )
    level = forms.ChoiceField(
        required=False, choices=LEVELS, error_messages={"invalid_choice": "Choose level 2, 3 or both."}
    )

    def clean_observation(self) -> str:
        return str(self.cleaned_data["observation"]).strip().rstrip("*%")

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if "mission" not in found:
            return found
        if "programs" in found:
            self._clean_programs(found)
        if "kinds" in found:
            self._clean_kinds(found)
        is_jwst = found["mission"] == "JWST"
        found["level"] = int(found["level"]) if is_jwst and found.get("level") else None
        number = found.get("observation", "")
        if is_jwst and number.isdecimal():
            if len(number.lstrip("0")) > 3:
                self.add_error("observation", "An observation number has at most three digits; or give an obs_id.")
            found["observation"] = number.lstrip("0").zfill(3)
        return found

    def _clean_programs(self, found: dict[str, Any]) -> None:
        numbers = [number for number in _SEPARATORS.split(found["programs"]) if number]
        if found["mission"] in _NUMBERED:
            wrong = next((n for n in numbers if not (n.isascii() and n.isdecimal() and int(n) and len(n) <= 5)), None)
            if wrong:
                self.add_error("programs", f"“{wrong}” is not the number of a program, such as 2736.")
            numbers = [number.lstrip("0") for number in numbers]
        if not numbers:
            self.add_error("programs", "Give the number of a program, such as 2736.")
        if len(numbers) > MOST_PROGRAMS:
            self.add_error("programs", f"Give at most {MOST_PROGRAMS} programs; make another subscription for more.")
        found["programs"] = list(dict.fromkeys(numbers))

    def _clean_kinds(self, found: dict[str, Any]) -> None:
        kinds = [kind.value for kind in EventKind if kind in found["kinds"]]
        if found["mission"] != "JWST":
            kinds = [kind for kind in kinds if kind != EventKind.FIRST]
        if not kinds and found["kinds"]:
            self.add_error("kinds", "First is told for JWST only. Tick another type.")
        found["kinds"] = kinds


#: What the form shows at first.
DEFAULTS: dict[str, object] = {
    "channel": Channel.EMAIL.value,
    "frequency": Frequency.DAILY.value,
    "mission": MISSIONS[0],
    "kinds": EventKind.values,
    "programs": "",
    "observation": "",
    "level": "3",
}


def shown(own: Subscription) -> dict[str, object]:
    """What the form shows of a subscription."""
    return {
        "channel": own.channel,
        "frequency": own.frequency,
        "mission": own.mission,
        "kinds": own.kinds,
        "programs": ", ".join(own.programs),
        "observation": own.observation,
        "level": str(own.level or ""),
    }
