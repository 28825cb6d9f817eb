from django.apps import AppConfig
from django.core.checks import register


class SearchConfig(AppConfig):
    name = "search"

    def ready(self) -> None:
        # models can be imported only now
        from search.checks import resolver_links_are_known

        register(resolver_links_are_known)
