"""A language model's server on this machine that answers as it was told to.

It speaks the part of OpenAI's protocol that twentyq uses, `POST /v1/chat/completions`, over real
HTTP, so that retries, timeouts and closed connections are met as they are in the world.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Asked:
    """One request as it came: headers with their names in lower case, and the JSON body."""

    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What all messages say, one after another."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])


@dataclass(frozen=True)
class Status:
    """An answer with another status than 200."""

    code: int
    message: str = "as recorded"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """An answer of status 200 with this body, whatever it is."""

    body: str


@dataclass(frozen=True)
class Stall:
    """No answer for so many seconds, or until the server closes."""

    seconds: float = 60.0


@dataclass(frozen=True)
class Drop:
    """The connection is closed without an answer."""


Answer = str | Status | Raw | Stall | Drop


class OpenAIServer(ThreadingHTTPServer):
    """Answers by `answer_to`, a function of the request, and keeps what it was `asked`."""

    daemon_threads = True

    def __init__(self, answer_to: Callable[[Asked], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer_to = answer_to
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()

    @property
    def base(self) -> str:
        """What `--llm-base` takes."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def answer(self, asked: Asked) -> Answer:
        # One at a time: recorded answers have an order, and a model has one processor.
        with self.lock:
            self.asked.append(asked)
            return self.answer_to(asked)


@contextmanager
def serving(answers: Iterable[Answer] | Callable[[Asked], Answer]) -> Iterator[OpenAIServer]:
    """Serve recorded answers in their order, or those of a function, until the block ends."""
    server = OpenAIServer(answers if callable(answers) else _in_order(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _in_order(answers: Iterable[Answer]) -> Callable[[Asked], Answer]:
    waiting = iter(answers)
    return lambda _: next(waiting, Status(400, "the recorded answers have run out"))


class _Handler(BaseHTTPRequestHandler):
    server: OpenAIServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._send(404, _fault(f"no such path: {self.path}"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(headers, body)
        match self.server.answer(asked):
            case str(text):
                self._send(200, json.dumps(_completion(asked, text)))
            case Raw(text):
                self._send(200, text)
            case Status(code, message, extra):
                self._send(code, _fault(message), extra)
            case Stall(seconds):
                self.server.closing.wait(seconds)
                self.close_connection = True
            case Drop():
                self.close_connection = True

    def _send(self, code: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Write no line of each request to standard error."""


def _completion(asked: Asked, text: str) -> dict[str, Any]:
    prompt, completion = (len(part) // CHARACTERS_PER_TOKEN for part in (asked.text, text))
    return {
        "id": "recorded",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }


def _fault(message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "recorded", "code": None}})
