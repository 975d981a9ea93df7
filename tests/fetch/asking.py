"""How tests fetch: a client that may reach this machine, and names that lead where they say."""

import asyncio
import socket
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from aggregator.errors import FETCH_KINDS, FetchError
from aggregator.fetch.client import ClientSettings, FeedClient

LOOPBACK = (ip_network("127.0.0.0/8"),)
INSIDE = (ip_network("127.0.0.77/32"),)
AGENT = "Marsad/0.1 (+https://marsad.example/contact)"


class FakeResolver(AbstractResolver):
    """Names as `names` has them: the n-th look-up gets the n-th list, the last one for ever."""

    def __init__(self, **names):
        self.names = {f"{name}.example.test": found for name, found in names.items()}
        self.queries = []

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.queries.append(host)
        if host.removesuffix(".") not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.names[host.removesuffix(".")]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self):
        pass


def settings(**changes):
    values = {"timeout_s": 2.0, "max_feed_size": 2**20, "allow_networks": LOOPBACK} | changes
    return ClientSettings(AGENT, **values)


def fetch(url, *, resolver=None, etag=None, last_modified=None, **changes):
    async def run():
        async with FeedClient(settings(**changes), resolver) as client:
            return await client.fetch(url, etag=etag, last_modified=last_modified)

    return asyncio.run(run())


def fetch_error(url, **arguments):
    with pytest.raises(FetchError) as error:
        fetch(url, **arguments)
    assert error.value.kind in FETCH_KINDS
    assert error.value.detail.isprintable()
    assert len(error.value.detail) <= 250
    return error.value
