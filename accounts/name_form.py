"""What signing up asks beyond address and password; apart, because the library's own forms are built on it."""

from django import forms
from django.http import HttpRequest

from accounts.models import User


class NameForm(forms.Form):
    """What signing up asks beyond address and password."""

    display_name = forms.CharField(
        label="Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}), required=False
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        user.display_name = " ".join(self.cleaned_data.get("display_name", "").split())
        user.save(update_fields=["display_name"])
