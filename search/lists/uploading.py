"""Taking an uploaded file in, no more of it than a list may have."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from search.lists.limits import MAX_BYTES
from search.lists.parse import too_large
from search.lists.table import ListError

#: The name of a list whose lines were typed or pasted.
PASTED = "Pasted list"


class LimitedUpload(FileUploadHandler):
    """Stops keeping a file once it is too large; the rest of the request is read and thrown away."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._received = 0
        self.exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > MAX_BYTES:
            self.exceeded = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        return None  # the next handler has the file


def limit_upload(request: HttpRequest) -> None:
    """Watch the files of a request, before anything reads its body."""
    request.upload_handlers.insert(0, LimitedUpload(request))


def uploaded(request: HttpRequest) -> tuple[str, bytes]:
    """The name and the content of the list that a form sends: a file, or pasted text.

    Raises
    ------
    ListError : neither, or too much.
    """
    file, text = request.FILES.get("file"), request.POST.get("text", "")  # this reads the body
    if any(isinstance(handler, LimitedUpload) and handler.exceeded for handler in request.upload_handlers):
        raise ListError(too_large(), "Upload fewer columns or rows at a time.")
    if isinstance(file, UploadedFile) and file.name:
        return file.name, file.read()
    if text.strip():
        return PASTED, text.encode()
    raise ListError("There is no file and no text.", "Choose a file, or paste one name or position a line.")
