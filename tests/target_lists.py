"""Target lists over HTTP: how tests upload one, read its page and match it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from archive.models import Observation
from search.models import TargetList
from tests.factories import make_observations, square

UPLOAD = "/lists/upload/"
FIELD = square(283.39624, 33.02914, 0.02)
CSV = b"""# three targets
#@string,ra,dec,float
name,RA,DEC,mag
Ring,18 53 35.10,+33 01 44.9,8.8
Nothing there,10.5,-20.25,
M 31,,,3.4
broken,1,2
"""


@pytest.fixture
def ring() -> list[Observation]:
    return make_observations([{"s_region": FIELD, "obs_id": f"ring-{n}"} for n in range(3)])


def send(client: Client, content: bytes, name: str = "targets.csv") -> TargetList:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return TargetList.objects.get(pk=answer["Location"].split("/")[2])


def refused(client: Client, content: bytes, name: str = "targets.csv") -> str:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 400
    assert TargetList.objects.count() == 0
    return text_of(answer)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def page_of(client: Client, own: TargetList, query: str = "") -> str:
    answer = client.get(reverse("search:list", args=[own.pk]) + query)
    assert answer.status_code == 200
    return text_of(answer)


def match(client: Client, own: TargetList, **form: object) -> Any:
    return client.post(
        reverse("search:cross_match", args=[own.pk]), {"radius": "5", "rows": "all", **form}, follow=True
    )
