"""Stand-ins for the protobuf messages between the Functions host and the worker. They're injected into the worker."""

import secrets
import uuid
from types import SimpleNamespace


class TypedData(SimpleNamespace):
    """A value, stored under the name of its type: `string`, `json`, `bytes` or `http`."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return the name of the type."""
        return next(iter(vars(self)), None)


class RpcHttp(SimpleNamespace):
    """An HTTP request, or the response to one."""


class BindingInfo(SimpleNamespace):
    """How a parameter of a function is bound."""

    undefined = 0  # data type
    out = 1  # directions
    inout = 2


class StatusResult(SimpleNamespace):
    """Whether the worker succeeded."""

    Failure = 0
    Success = 1


class ParameterBinding(SimpleNamespace):
    """An argument or an output."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        """Say that the value is in this message and not in shared memory."""
        return "data"


protos = SimpleNamespace(
    BindingInfo=BindingInfo,
    ParameterBinding=ParameterBinding,
    RpcHttp=RpcHttp,
    StatusResult=StatusResult,
    TypedData=TypedData,
    # The worker's responses, which hold only what the worker assigns.
    FunctionMetadataResponse=SimpleNamespace,
    InvocationResponse=SimpleNamespace,
    RpcException=SimpleNamespace,
    RpcFunctionMetadata=SimpleNamespace,
    RpcRetryOptions=SimpleNamespace,
    WorkerInitResponse=SimpleNamespace,
    WorkerMetadata=SimpleNamespace,
)


def init_request(app_root: str) -> SimpleNamespace:
    """Build the request to load the app from a folder."""
    init = SimpleNamespace(capabilities={}, function_app_directory=app_root)
    return _request(worker_init_request=init)


def metadata_request() -> SimpleNamespace:
    """Build the request to list the app's functions."""
    return _request(functions_metadata_request=SimpleNamespace())


def invocation_request(
    function_id: str, parameter: str, value: TypedData, metadata: dict[str, TypedData]
) -> SimpleNamespace:
    """Build the request to invoke a function whose trigger has fired."""
    trace_parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"  # W3C Trace Context
    return _request(
        invocation_request=SimpleNamespace(
            invocation_id=str(uuid.uuid4()),
            function_id=function_id,
            input_data=[ParameterBinding(name=parameter, data=value)],
            trigger_metadata=metadata,
            trace_context=SimpleNamespace(trace_parent=trace_parent, trace_state="", attributes={}),
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        )
    )


def _request(**content: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(request=SimpleNamespace(**content), properties={"host": "127.0.0.1", "protos": protos})
