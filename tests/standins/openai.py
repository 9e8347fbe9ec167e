"""A stand-in for a language model's server, over real HTTP: chat completions and responses.

It is no model: a script writes its answers. It says so in every answer (``server`` header, owner of
its one model) and is part of the tests only.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from arbitragevault.adapters.openai import wire
from arbitragevault.domain.explanation.check import Objection

MODEL: Final = "stand-in"
NAME: Final = "arbitragevault-openai-stand-in"
KEY: Final = "sk-stand-in-0123456789"
_CHUNK: Final = 160


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came.

    Args:
        protocol: ``chat`` or ``responses``.
        body: Its JSON.
        key: The key that it came with.
    """

    protocol: Literal["chat", "responses"]
    body: dict[str, Any]
    key: str

    @property
    def message(self) -> str:
        """The user message."""
        if self.protocol == "responses":
            return str(self.body["input"])
        return str(self.body["messages"][-1]["content"])

    @property
    def data(self) -> dict[str, Any]:
        """The data inside the message."""
        inside = self.message.partition("<data>\n")[2].partition("\n</data>")[0]
        found: dict[str, Any] = orjson.loads(inside)
        return found

    @property
    def is_retry(self) -> bool:
        """Objections to an answer before stand in the message."""
        return "thrown away" in self.message


def asked_for(data: Mapping[str, Any], objections: Sequence[Objection] = ()) -> Asked:
    """The request that the program makes for a task, without a server.

    Args:
        data: What ``told`` says of the task.
        objections: What was wrong with the answer before.
    """
    return Asked("responses", {"input": wire.data_message(data, objections)}, KEY)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer.

    Args:
        text: The content.
        status: HTTP status.
        headers: Further headers, such as Retry-After.
        kind: How the answer goes: ``text``, ``refusal``, ``cut`` (the connection breaks off),
            ``length`` (out of tokens), ``tool`` (a tool call), ``error`` (an error event), ``mute``
            (no usage told).
        delay: Seconds to wait before.
    """

    text: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    kind: Literal["text", "refusal", "cut", "length", "tool", "error", "mute"] = "text"
    delay: float = 0.0


Script = Callable[[Asked], Reply]


@dataclass(slots=True)
class StandIn:
    """The server's state: its script, and every request that it got.

    Args:
        script: Answers requests.
        asked: The requests, in order.
    """

    script: Script
    asked: list[Asked] = field(default_factory=list)

    def app(self) -> Starlette:
        """The server."""
        return Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/responses", self._responses, methods=["POST"]),
            ]
        )

    async def _models(self, _: Request) -> Response:
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": NAME}
        return JSONResponse({"object": "list", "data": [model]}, headers={"server": NAME})

    async def _chat(self, request: Request) -> Response:
        return await self._answer(request, "chat")

    async def _responses(self, request: Request) -> Response:
        return await self._answer(request, "responses")

    async def _answer(self, request: Request, protocol: Literal["chat", "responses"]) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        asked = Asked(protocol, orjson.loads(await request.body()), key)
        self.asked.append(asked)
        headers = {"server": NAME}
        if key != KEY:
            return _error(401, f"Incorrect API key provided: {key}.", headers)
        if asked.body["model"] != MODEL:
            return _error(404, f"The model {asked.body['model']} does not exist.", headers)
        reply = self.script(asked)
        await asyncio.sleep(reply.delay)
        if reply.status != 200:
            return _error(
                reply.status, "The stand-in was told to fail.", headers | dict(reply.headers)
            )
        if not asked.body.get("stream"):
            return JSONResponse(_whole(protocol, reply), headers=headers)
        events = _chat_events(reply) if protocol == "chat" else _response_events(reply)
        return StreamingResponse(
            _sent(events, reply), media_type="text/event-stream", headers=headers
        )


def _error(status: int, message: str, headers: dict[str, str]) -> Response:
    body = {"error": {"message": message, "type": "stand_in", "code": None, "param": None}}
    return JSONResponse(body, status_code=status, headers=headers)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _CHUNK):
        yield text[start : start + _CHUNK]


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)


async def _sent(events: Iterator[bytes], reply: Reply) -> AsyncIterator[bytes]:
    for event in events:
        yield event
    if reply.kind == "cut":
        # The length that chunked encoding promises is never fulfilled: the client sees a cut.
        raise ConnectionResetError("the stand-in cuts the stream")


def _chat_events(reply: Reply) -> Iterator[bytes]:
    def chunk(delta: dict[str, Any], ended: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": ended, "logprobs": None}
        return _event(None, {**_CHAT, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    text = reply.text[: len(reply.text) // 2] if reply.kind in {"cut", "length"} else reply.text
    if reply.kind == "refusal":
        yield chunk({"refusal": "I cannot help with that."})
        yield chunk({}, "stop")
    elif reply.kind == "tool":
        call = {"index": 0, "id": "call_1", "type": "function",
                "function": {"name": "buy", "arguments": "{}"}}  # fmt: skip
        yield chunk({"tool_calls": [call]})
        yield chunk({}, "tool_calls")
    elif reply.kind == "error":
        yield _event(None, {"error": {"message": "overloaded", "type": "server_error"}})
        return
    else:
        for piece in _pieces(text):
            yield chunk({"content": piece})
    if reply.kind == "cut":
        return
    if reply.kind in {"text", "mute", "length"}:
        yield chunk({}, "length" if reply.kind == "length" else "stop")
    if reply.kind != "mute":
        used = {"prompt_tokens": 100, "completion_tokens": _tokens(text)}
        used["total_tokens"] = sum(used.values())
        yield _event(None, {**_CHAT, "choices": [], "usage": used})
    yield b"data: [DONE]\n\n"


_CHAT: Final = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}


def _response_events(reply: Reply) -> Iterator[bytes]:
    number = iter(range(10_000))

    def event(kind: str, **values: Any) -> bytes:  # noqa: ANN401
        return _event(kind, {"type": kind, "sequence_number": next(number), **values})

    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    text = reply.text[: len(reply.text) // 2] if reply.kind in {"cut", "length"} else reply.text
    yield event("response.created", response=_response("in_progress", None))
    if reply.kind == "tool":
        item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "buy",
                "arguments": "{}", "status": "completed"}  # fmt: skip
        yield event("response.output_item.added", output_index=0, item=item)
    elif reply.kind == "refusal":
        yield event("response.refusal.delta", delta="I cannot help with that.", **at)
    elif reply.kind == "error":
        yield _event("error", {"type": "error", "code": "server_error", "message": "overloaded",
                               "param": None, "sequence_number": next(number)})  # fmt: skip
        return
    else:
        message: dict[str, Any] = {
            "type": "message", "id": "msg_1", "role": "assistant", "content": [],
            "status": "in_progress",
        }  # fmt: skip
        yield event("response.output_item.added", output_index=0, item=message)
        for piece in _pieces(text):
            yield event("response.output_text.delta", delta=piece, logprobs=[], **at)
    if reply.kind == "cut":
        return
    used: dict[str, Any] | None = None
    if reply.kind != "mute":
        written = _tokens(text)
        used = {"input_tokens": 100, "output_tokens": written, "total_tokens": 100 + written,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    ended = "incomplete" if reply.kind == "length" else "completed"
    yield event(f"response.{ended}", response=_response(ended, used))


def _response(status: str, usage: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": "resp_1", "object": "response", "created_at": 0, "status": status, "model": MODEL,
        "output": [], "error": None, "incomplete_details": None, "instructions": None,
        "metadata": {}, "parallel_tool_calls": False, "temperature": None, "tool_choice": "none",
        "tools": [], "top_p": None, "usage": usage,
    }  # fmt: skip


def _whole(protocol: str, reply: Reply) -> dict[str, Any]:
    if protocol == "responses":
        content = {"type": "output_text", "text": reply.text, "annotations": []}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                   "content": [content]}  # fmt: skip
        return {**_response("completed", None), "output": [message]}
    said: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
    choice: dict[str, Any] = {
        "index": 0,
        "message": said,
        "finish_reason": "stop",
        "logprobs": None,
    }
    return {**_CHAT, "object": "chat.completion", "choices": [choice]}


def _event(kind: str | None, data: dict[str, Any]) -> bytes:
    head = f"event: {kind}\n" if kind else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


@contextmanager
def served(stand_in: StandIn) -> Iterator[str]:
    """Serve a stand-in on a free port of the loopback, in a thread; gives its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        server_header=False, app=stand_in.app(), log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
