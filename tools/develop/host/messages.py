"""Stand-ins for the protobuf messages in which Functions host and worker talk; the worker takes them by injection."""

import uuid
from types import SimpleNamespace


class TypedData(SimpleNamespace):
    """A value on its way to the worker, under the name of its kind: `string` or `json`."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Name the kind."""
        return next(iter(vars(self)), None)


class BindingInfo(SimpleNamespace):
    """How a function's parameter is bound."""

    undefined = 0  # data type
    out = 1  # directions
    inout = 2


class StatusResult(SimpleNamespace):
    """Whether the worker did what it was asked."""

    Failure = 0
    Success = 1


class ParameterBinding(SimpleNamespace):
    """An argument, or an output."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        """Say that the value is here, not in shared memory."""
        return "data"


protos = SimpleNamespace(
    BindingInfo=BindingInfo,
    ParameterBinding=ParameterBinding,
    StatusResult=StatusResult,
    TypedData=TypedData,
    # Answers of the worker, which only carry what it puts into them.
    FunctionMetadataResponse=SimpleNamespace,
    InvocationResponse=SimpleNamespace,
    RpcException=SimpleNamespace,
    RpcFunctionMetadata=SimpleNamespace,
    RpcRetryOptions=SimpleNamespace,
    WorkerInitResponse=SimpleNamespace,
    WorkerMetadata=SimpleNamespace,
)


def init_request(app_root: str) -> SimpleNamespace:
    """Ask the worker to load the app in a folder."""
    init = SimpleNamespace(capabilities={}, function_app_directory=app_root)
    return _request(worker_init_request=init)


def metadata_request() -> SimpleNamespace:
    """Ask the worker which functions it found."""
    return _request(functions_metadata_request=SimpleNamespace())


def invocation_request(
    function_id: str, parameter: str, value: TypedData, metadata: dict[str, TypedData]
) -> SimpleNamespace:
    """Ask the worker to run a function that its trigger has fired."""
    trace_parent = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"  # W3C Trace Context
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
