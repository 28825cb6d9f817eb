from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # models can be imported only now
        from allauth.account.signals import email_confirmed, password_changed, password_reset, password_set

        from accounts import claiming, sessions, signals, tokens
        from archive.ingest.signals import pi_addresses_ingested

        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions.begin")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(sessions.end_other_sessions, dispatch_uid="accounts.sessions.end_others")
        signals.password_replaced.connect(tokens.end_with_password, dispatch_uid="accounts.tokens.end")
        email_confirmed.connect(claiming.claim_what_waits, dispatch_uid="accounts.claim")
        user_logged_in.connect(claiming.claim_at_login, dispatch_uid="accounts.claim_at_login")
        pi_addresses_ingested.connect(claiming.take_leaders, dispatch_uid="accounts.take_leaders")
