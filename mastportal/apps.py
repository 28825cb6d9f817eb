from django.apps import AppConfig


class MastportalConfig(AppConfig):
    name = "mastportal"

    def ready(self) -> None:
        from mastportal import checks  # noqa: F401 - registers them
