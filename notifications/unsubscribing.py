"""The link of a mail that ends its subscription: signed, so that it works without signing in."""

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from notifications.models import Subscription

_signer = Signer(salt="notifications.unsubscribe")


def unsubscribe_address(own: Subscription) -> str:
    return reverse("notifications:unsubscribe", args=[_signer.sign(str(own.pk))])


def subscription_of(token: str) -> Subscription | None:
    """The subscription of a link; None for a link that this portal did not make, or when it is gone for good."""
    try:
        number = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    return Subscription.objects.filter(pk=number).first()
