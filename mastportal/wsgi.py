import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastportal.settings")
application = get_wsgi_application()

# gunicorn reads this module once and then parts into workers, which share what is read here
from search.resolver.openngc import read_catalogue  # noqa: E402 - it needs the settings

read_catalogue()

# what is there for good is not searched for garbage at every turn; a page makes some ten thousand short-lived objects
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
