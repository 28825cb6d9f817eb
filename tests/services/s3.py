"""A local S3 server with one bucket."""

import logging
import uuid

import boto3
from moto.server import ThreadedMotoServer

from archive.storage.s3 import Bucket
from tests.services.processes import free_port

KEY_ID, SECRET = "portal", "a secret of the tests"


class S3Server:
    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.port = free_port()
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def bucket(self, prefix: str = "") -> Bucket:
        """A new bucket, empty."""
        name = f"archive-{uuid.uuid4()}"
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=name)
        client.close()
        return Bucket(name, prefix, self.endpoint, access_key_id=KEY_ID, secret_access_key=SECRET)
