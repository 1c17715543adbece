"""An emulator of a ComfyUI server, of today and of the time before `/api/jobs`, after its `server.py`.

The queue moves when it is looked at. Every path is also served below `/api`.
"""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario, busy

Graph = Mapping[str, Mapping[str, object]]
CHECKPOINT = "sd_xl_base_1.0.safetensors"
STEPS = 20
LINKED = "a connection"


@dataclass(frozen=True, slots=True)
class Node:
    """A class of nodes: its inputs, with the range of numbers, and the files it makes."""

    inputs: Mapping[str, object]
    output: str | None = None
    file_type: str = "output"


NODES: Mapping[str, Node] = {
    "CheckpointLoaderSimple": Node({"ckpt_name": [CHECKPOINT]}),
    "CLIPTextEncode": Node({"text": str, "clip": LINKED}),
    "EmptyLatentImage": Node({"width": (16, 16384), "height": (16, 16384), "batch_size": (1, 4096)}),
    "KSampler": Node(
        {
            "seed": (0, 2**64 - 1),
            "steps": (1, 10000),
            "cfg": (0, 100),
            "denoise": (0, 1),
            "sampler_name": ["euler", "dpmpp_2m"],
            "scheduler": ["normal", "karras"],
            "model": LINKED,
            "positive": LINKED,
            "negative": LINKED,
            "latent_image": LINKED,
        }
    ),
    "VAEDecode": Node({"samples": LINKED, "vae": LINKED}),
    "VAEEncode": Node({"pixels": LINKED, "vae": LINKED}),
    "LoadImage": Node({"image": "an uploaded file"}),
    "SaveImage": Node({"images": LINKED, "filename_prefix": str}, "png"),
    "PreviewImage": Node({"images": LINKED}, "png", "temp"),
    "SaveVideo": Node({"images": LINKED, "filename_prefix": str}, "mp4"),
    "SaveAudio": Node({"text": str}, "wav"),
}


class ComfyUIEmulator(Emulator):
    """`is_old` omits `/api/jobs`; with a `key`, a proxy in front of the server asks for it."""

    name = "comfyui"

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY, is_old: bool = False, key: str = "") -> None:
        super().__init__(url, scenario=scenario)
        self.is_old = is_old
        self.key = key
        self.interrupted: list[object] = []
        """The `prompt_id` of each `/interrupt`; None stops the running job."""
        self.uploads: dict[str, bytes] = {}
        self.sockets: dict[str, WebSocket] = {}

    def api_routes(self) -> Iterable[BaseRoute]:
        for prefix in ("", "/api"):
            yield self._route("POST", f"{prefix}/prompt", self._submit)
            yield self._route("GET", f"{prefix}/queue", self._queue)
            yield self._route("POST", f"{prefix}/queue", self._change_queue)
            yield self._route("GET", f"{prefix}/history/{{id}}", self._history)
            yield self._route("POST", f"{prefix}/interrupt", self._interrupt)
            yield self._route("POST", f"{prefix}/upload/image", self._upload)
            yield self._route("GET", f"{prefix}/view", self._view)
            yield self._route("GET", f"{prefix}/system_stats", self._system_stats)
            yield WebSocketRoute(f"{prefix}/ws", self._socket)
        if not self.is_old:
            yield self._route("GET", "/api/jobs/{id}", self._job)
            yield self._route("POST", "/api/jobs/{id}/cancel", self._cancel)
        # Static files are below every other path.
        yield self._route("GET", "/{path:path}", self._not_found)
        yield self._route("POST", "/{path:path}", self._method_not_allowed)

    def restart(self) -> None:
        """Forget the queue and the history, which are in memory."""
        self.jobs.clear()

    def _route(self, method: str, path: str, handler: Callable[[Request, bytes], Awaitable[Response]]) -> Route:
        async def handle(request: Request) -> Response:
            body = await self.record(request)
            authorized = not self.key or request.headers.get("authorization") == f"Bearer {self.key}"
            if not authorized or self.happens(Scenario.UNAUTHORIZED):
                return PlainTextResponse("401 Authorization Required", 401)
            return await handler(request, body)

        return Route(path, handle, methods=[method])

    async def _submit(self, request: Request, raw: bytes) -> Response:
        if self.happens_once(Scenario.BUSY_ONCE):
            return busy(retry_after="1")
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return Response(status_code=503)
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return PlainTextResponse("500 Internal Server Error", 500)
        body = orjson.loads(raw)
        prompt_id = body.get("prompt_id", str(uuid.uuid4()))
        if str(uuid.UUID(prompt_id)) != prompt_id:
            return _rejected("invalid_prompt_id", {})
        if "prompt" not in body:
            return _rejected("no_prompt", {})
        graph: Graph = body["prompt"]
        if any(node.get("class_type") not in NODES for node in graph.values()):
            return _rejected("invalid_prompt", {})
        if not any(NODES[str(node["class_type"])].output for node in graph.values()):
            return _rejected("prompt_no_outputs", {})
        errors = {id: {"errors": found, "dependent_outputs": ["9"], "class_type": node["class_type"]}
                  for id, node in graph.items() if (found := list(self._errors(node)))}  # fmt: skip
        if errors:
            return _rejected("prompt_outputs_failed_validation", errors)
        job = self.buy(body, id=prompt_id)
        job.details["state"] = "pending"
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        return JSONResponse({"prompt_id": prompt_id, "number": len(self.jobs), "node_errors": {}})

    def _errors(self, node: Mapping[str, object]) -> Iterator[dict[str, object]]:
        given = node["inputs"]
        assert isinstance(given, dict)
        for name, form in NODES[str(node["class_type"])].inputs.items():
            value = given.get(name)
            match form:
                case _ if value is None:
                    yield _error("required_input_missing", "Required input is missing", name, value)
                case _ if isinstance(value, list):
                    continue  # a connection
                case (float() | int() as least, float() | int() as most):
                    if not isinstance(value, int | float) or not least <= value <= most:
                        yield _error(
                            "value_smaller_than_min", f"Value {value} smaller than min of {least}", name, value
                        )
                case list(allowed) if value not in allowed:
                    yield _error("value_not_in_list", "Value not in list", name, value)
                case "an uploaded file" if value not in self.uploads:
                    yield _error("custom_validation_failed", "Custom validation failed for node", name, value)

    async def _advance(self, job: EmulatedJob) -> str:
        """Move the job on, and return its state."""
        if job.details["state"] in ("pending", "in_progress"):
            if self.is_done(job):
                failed = self.happens(Scenario.FAILED_LATER)
                job.details["state"] = "failed" if failed else "completed"
            elif job.polls > 1:
                job.details["state"] = "in_progress"
                await self._send_progress(job)
        return str(job.details["state"])

    async def _job(self, request: Request, _: bytes) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return PlainTextResponse("500 Internal Server Error", 500)
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return JSONResponse({"error": "Job not found"}, 404)
        state = await self._advance(job)
        body: dict[str, object] = {"id": job.id, "status": state, "create_time": 1767225600000, "priority": 1}
        if state in ("completed", "failed", "cancelled"):
            body["outputs"] = self._outputs(job)
        if state == "failed":
            body["execution_error"] = EXECUTION_ERROR
        return JSONResponse(body)

    async def _cancel(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"cancelled": self._stop(request.path_params["id"], running=True)})

    def _stop(self, id: str, *, running: bool) -> bool:
        job = self.jobs.get(id)
        if job is not None and job.details["state"] == "pending":
            del self.jobs[id]
        elif job is not None and job.details["state"] == "in_progress" and running:
            job.details["state"] = "cancelled"
        else:
            return False
        job.is_cancelled = True
        return True

    async def _queue(self, request: Request, _: bytes) -> Response:
        queue: dict[str, list[object]] = {"queue_running": [], "queue_pending": []}
        for job in list(self.jobs.values()):
            state = await self._advance(job)
            if state in ("pending", "in_progress"):
                key = "queue_running" if state == "in_progress" else "queue_pending"
                queue[key].append([1, job.id, job.body["prompt"], {}, ["9"]])
        return JSONResponse(queue)

    async def _change_queue(self, request: Request, raw: bytes) -> Response:
        for id in orjson.loads(raw).get("delete", ()):
            self._stop(id, running=False)
        return Response()

    async def _history(self, request: Request, _: bytes) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None or (state := job.details["state"]) in ("pending", "in_progress"):
            return JSONResponse({})
        ends = {
            "completed": ["execution_success", {}],
            "failed": ["execution_error", EXECUTION_ERROR],
            "cancelled": ["execution_interrupted", {}],
        }
        status = {
            "status_str": "success" if state == "completed" else "error",
            "completed": state == "completed",
            "messages": [["execution_start", {}], ends[str(state)]],
        }
        return JSONResponse({job.id: {"prompt": [], "outputs": self._outputs(job), "status": status}})

    async def _interrupt(self, request: Request, raw: bytes) -> Response:
        prompt_id = orjson.loads(raw or b"{}").get("prompt_id")
        self.interrupted.append(prompt_id)
        for job in list(self.jobs.values()):
            if prompt_id in (None, job.id) and job.details["state"] == "in_progress":
                self._stop(job.id, running=True)
        return Response()

    async def _upload(self, request: Request, _: bytes) -> Response:
        async with request.form() as form:
            file, folder = form.get("image"), str(form.get("subfolder", ""))
            if not isinstance(file, UploadFile) or not file.filename or ".." in folder:
                return Response(status_code=400)
            assert form.get("type") == "input"
            assert form.get("overwrite") == "true"
            self.uploads[f"{folder}/{file.filename}"] = await file.read()
            return JSONResponse({"name": file.filename, "subfolder": folder, "type": "input"})

    async def _view(self, request: Request, _: bytes) -> Response:
        filename, folder = request.query_params.get("filename", ""), request.query_params.get("subfolder")
        if not filename or filename.startswith("/") or ".." in filename:
            return Response(status_code=400)
        if folder != "2026" or request.query_params.get("type") not in ("output", "temp"):
            return Response(status_code=404)
        request.scope["path_params"] = {"name": filename}
        return await self._file(request)

    async def _system_stats(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"system": {"os": "posix", "comfyui_version": "0.3.65"}, "devices": []})

    async def _not_found(self, request: Request, _: bytes) -> Response:
        return PlainTextResponse("404: Not Found", 404)

    async def _method_not_allowed(self, request: Request, _: bytes) -> Response:
        return PlainTextResponse("405: Method Not Allowed", 405)

    async def _socket(self, socket: WebSocket) -> None:
        if self.key and socket.headers.get("authorization") != f"Bearer {self.key}":
            await socket.close()
            return
        await socket.accept()
        client_id = socket.query_params["clientId"]
        self.sockets[client_id] = socket
        await socket.send_json({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}}})
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            self.sockets.pop(client_id, None)

    async def _send_progress(self, job: EmulatedJob) -> None:
        """Send the progress to the client that submitted the job: half of the sampler's steps."""
        socket = self.sockets.get(str(job.body.get("client_id")))
        if socket is None:
            return
        sampler = {"value": STEPS // 2, "max": STEPS, "state": "running", "node_id": "3", "prompt_id": job.id}
        loader = {"value": 1, "max": 1, "state": "finished", "node_id": "4", "prompt_id": job.id}
        await socket.send_bytes(b"\0\0\0\1preview")
        if self.is_old:
            await socket.send_json({"type": "progress", "data": {**sampler, "node": "3"}})
        else:
            data = {"prompt_id": job.id, "nodes": {"4": loader, "3": sampler}}
            await socket.send_json({"type": "progress_state", "data": data})

    def _outputs(self, job: EmulatedJob) -> dict[str, object]:
        graph = job.body["prompt"]
        assert isinstance(graph, dict)
        if self.happens(Scenario.EMPTY_SUCCESS) or job.details["state"] != "completed":
            return {}
        outputs: dict[str, object] = {}
        for id, node in graph.items():
            kind = NODES[node["class_type"]]
            if kind.output is not None:
                file = {"filename": f"ComfyUI_0000{id}_.{kind.output}", "subfolder": "2026", "type": kind.file_type}
                key = "audio" if kind.output == "wav" else "images"
                outputs[id] = {key: [file], **({"animated": [True]} if kind.output == "mp4" else {})}
        return outputs


EXECUTION_ERROR = {
    "node_id": "3",
    "node_type": "KSampler",
    "exception_type": "torch.OutOfMemoryError",
    "exception_message": "Allocation on device",
    "traceback": [],
}


def _error(kind: str, message: str, name: str, value: object) -> dict[str, object]:
    extra = {"input_name": name, "input_config": ["", {}], "received_value": value}
    return {"type": kind, "message": message, "details": name, "extra_info": extra}


def _rejected(kind: str, node_errors: Mapping[str, object]) -> Response:
    error = {"type": kind, "message": kind.replace("_", " "), "details": "", "extra_info": {}}
    return JSONResponse({"error": error, "node_errors": node_errors}, 400)
