"""What a client sends behind a request that is still being answered, kept until gunicorn's parser can take it."""

from __future__ import annotations

from typing import Any, Final

from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]

MOST_BEHIND: Final = 65536  # the parser in C keeps so many bytes behind a request; of more, gunicorn hangs up


class Following(ASGIProtocol):  # type: ignore[misc]
    """A connection on which requests of any size may follow each other, each of them being answered, in their order.

    INVARIANT: nothing is kept while the parser is in the middle of a request, so that what is kept is tried again by
    the call that gunicorn makes after each request.
    """

    _kept: bytes = b""

    def data_received(self, data: bytes) -> None:
        """Hands on what the parser surely takes; of more than that, only what belongs to the request under way."""
        if not self._kept and len(data) <= MOST_BEHIND and not self._callback_parser.is_complete:
            super().data_received(data)
            return
        kept = self._kept + data
        while kept and not self._callback_parser.is_complete and not self._closed:
            super().data_received(kept[:MOST_BEHIND])
            kept = kept[MOST_BEHIND:]
        self._kept = b"" if self._closed else kept
        if len(self._kept) > MOST_BEHIND:
            self._pause_reading()

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> bool:
        """Whether more is answered here: of a lost connection gunicorn would read on, and log that it cannot."""
        return bool(await super()._serve_http_request(request, sockname, peername)) and not self._closed

    def _resume_reading(self) -> Any:
        """Reads on, but first what is kept; gunicorn calls this just before the parser is ready for it."""
        if self._kept:
            self.worker.loop.call_soon(self._read_kept)
        else:
            super()._resume_reading()

    def _read_kept(self) -> None:
        if self._kept:
            self.data_received(b"")
        if not self._kept:
            self._maybe_resume_reading()
