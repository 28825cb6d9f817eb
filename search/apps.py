from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import register


class SearchConfig(AppConfig):
    name = "search"

    def ready(self) -> None:
        # models can be imported only now
        from accounts.backend import read_with_person
        from accounts.keepers import register as register_keeper
        from search.checks import resolver_links_are_known
        from search.choices import take_choices_along
        from search.keeper import KEEPER
        from search.tabs.login import take_tabs_along

        register_keeper(KEEPER)
        read_with_person("kept_choices")
        register(resolver_links_are_known)
        user_logged_in.connect(take_tabs_along, dispatch_uid="search.take_tabs_along")
        user_logged_in.connect(take_choices_along, dispatch_uid="search.take_choices_along")
