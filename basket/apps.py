from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class BasketConfig(AppConfig):
    name = "basket"

    def ready(self) -> None:
        from accounts.keepers import register
        from basket.keeper import KEEPER
        from basket.login import take_basket_along

        register(KEEPER)
        user_logged_in.connect(take_basket_along, dispatch_uid="basket.take_basket_along")
