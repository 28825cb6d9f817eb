import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastportal.settings")
application = get_wsgi_application()

# gunicorn reads this module once and then parts into workers, which share what is read here: no visitor waits for it
from django.conf import settings  # noqa: E402 - the lines below need the settings
from django.template.loader import get_template  # noqa: E402
from django.urls import reverse  # noqa: E402

from search.resolver.openngc import read_catalogue  # noqa: E402

read_catalogue()
reverse("search:home")  # reads every address
templates = settings.BASE_DIR / "templates"
for path in templates.rglob("*.html"):
    get_template(str(path.relative_to(templates)))

# what is there for good is not searched for garbage at every turn; a page makes some ten thousand short-lived objects
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
