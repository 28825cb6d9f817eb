from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # models can be imported only now
        from accounts import signals
        from accounts.keepers import register
        from notifications import digest_mail, keeper, people  # noqa: F401 - the digest's mail registers itself

        register(keeper.SUBSCRIPTIONS)
        register(keeper.NOTICES)
        signals.access_granted.connect(people.tell_granted, dispatch_uid="notifications.granted")
        signals.access_ended.connect(people.tell_ended, dispatch_uid="notifications.ended")
        signals.access_requested.connect(people.tell_asked, dispatch_uid="notifications.asked")
        signals.access_declined.connect(people.tell_declined, dispatch_uid="notifications.declined")
