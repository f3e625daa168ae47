"""`/-/faults`: the faults of a demo server that runs as its own process, over HTTP.

GET    /-/faults                 what is going wrong, with `hits` and `arrived` counts
POST   /-/faults                 the arguments of `Faults.add` as JSON -> {"id": 0, ...}
POST   /-/faults {"kind": "away", "seconds": 5}   the whole server is gone for that long
POST   /-/faults/{id}/release    let the requests held there go on
DELETE /-/faults                 nothing goes wrong any more
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.faults import Fault, Faults

ARGUMENTS: dict[str, type | tuple[type, ...]] = {
    "match": str,
    "kind": str,
    "method": str,
    "seconds": (int, float),
    "after_bytes": int,
    "status": int,
    "detail": str,
    "headers": dict,
    "times": int,
}


def fault_routes(faults: Faults) -> list[Route]:
    """The routes for one server's faults; they are never themselves subject to faults."""
    orders = _Orders(faults)
    return [
        Route("/-/faults", orders.listed, methods=["GET"]),
        Route("/-/faults", orders.added, methods=["POST"]),
        Route("/-/faults", orders.cleared, methods=["DELETE"]),
        Route("/-/faults/{id:int}/release", orders.released, methods=["POST"]),
    ]


class _Orders:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.numbered: list[Fault] = []
        self.absence: asyncio.Task[None] | None = None

    async def listed(self, _: Request) -> Response:
        return _json([_described(number, fault) for number, fault in enumerate(self.numbered)])

    async def added(self, request: Request) -> Response:
        try:
            order = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            return _refusal("the body is not JSON")
        if not isinstance(order, dict):
            return _refusal("the body is not an object")
        if order.get("kind") == "away":
            self.absence = asyncio.create_task(self._away(float(order.get("seconds", 1.0))))
            return _json({"kind": "away"})
        wrong = [name for name, value in order.items() if not _fits(name, value)]
        if wrong or not {"match", "kind"} <= order.keys():
            return _refusal(f"wrong or missing: {', '.join(wrong) or 'match, kind'}")
        try:
            fault = self.faults.add(**order)
        except ValueError as exc:
            return _refusal(str(exc))
        self.numbered.append(fault)
        return _json(_described(len(self.numbered) - 1, fault))

    async def cleared(self, _: Request) -> Response:
        self.faults.clear()
        self.numbered.clear()
        return Response(status_code=204)

    async def released(self, request: Request) -> Response:
        number = request.path_params["id"]
        if number >= len(self.numbered):
            return _json({"code": 404, "detail": f"No fault {number}"}, 404)
        self.numbered[number].release()
        return Response(status_code=204)

    async def _away(self, seconds: float) -> None:
        # The answer to this very order has to get out first.
        await asyncio.sleep(0.05)
        self.faults.go_down()
        await asyncio.sleep(seconds)
        await self.faults.come_back()


def _fits(name: str, value: object) -> bool:
    return name in ARGUMENTS and isinstance(value, ARGUMENTS[name])


def _described(number: int, fault: Fault) -> dict[str, Any]:
    return {
        "id": number,
        "match": str(fault.match),
        "kind": fault.kind.value,
        "times": fault.times,
        "hits": fault.hits,
        "arrived": fault.arrived,
    }


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def _refusal(detail: str) -> Response:
    return _json({"code": 400, "detail": detail}, 400)
