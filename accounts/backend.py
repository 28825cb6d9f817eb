"""Reading the person of a session, with what rooms keep of a person and need on every page, in one statement."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User

_relations: list[str] = []


def read_with_person(relation: str) -> None:
    """Read a one-to-one relation of the person along; a room says so when it starts."""
    if relation not in _relations:
        _relations.append(relation)


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # the library has no types
    def get_user(self, user_id: int) -> User | None:
        person = User.objects.select_related(*_relations).filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None
