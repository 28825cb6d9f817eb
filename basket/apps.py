from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class BasketConfig(AppConfig):
    name = "basket"

    def ready(self) -> None:
        from accounts import signals
        from accounts.keepers import register
        from archive.ingest.signals import holdings_changed
        from basket.keeper import KEEPER
        from basket.login import take_basket_along
        from basket.staging import withdrawal

        register(KEEPER)
        user_logged_in.connect(take_basket_along, dispatch_uid="basket.take_basket_along")
        signals.access_ended.connect(withdrawal.after_access_ended, dispatch_uid="basket.access_ended")
        signals.release_changed.connect(withdrawal.after_change, dispatch_uid="basket.release_changed")
        signals.files_withdrawn.connect(withdrawal.after_change, dispatch_uid="basket.files_withdrawn")
        holdings_changed.connect(withdrawal.after_ingest, dispatch_uid="basket.holdings_changed")
