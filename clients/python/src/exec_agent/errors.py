"""Errors of the client. Every one of them is an `ExecAgentError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Optional, Type

if TYPE_CHECKING:
    from .models import Response


class ExecAgentError(Exception):
    """Base class of all errors of this package."""


class AgentUnreachable(ExecAgentError):
    """No connection to the agent, or it broke off, also after several attempts."""


class HttpError(ExecAgentError):
    """The agent refused a call for a reason of its own: an unknown id, a missing scope, too many requests."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class LogNoLongerKept(ExecAgentError):
    """The log was interrupted, and the part that follows is no longer kept. Read the log again from its beginning."""


class WaitTimeout(ExecAgentError):
    """The execution did not finish in the time that the caller wanted to wait. It continues to run."""

    def __init__(self, execution_id: str, seconds: float) -> None:
        super().__init__(f"Execution {execution_id} did not finish within {seconds:g} s. It continues to run.")
        self.execution_id = execution_id


class ExecutionError(ExecAgentError):
    """An execution that failed, or a request that was refused. There is one subclass for each error code."""

    code: str = ""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: Optional[int] = None,
        response: Optional["Response"] = None,
    ) -> None:
        super().__init__(message)
        if code:
            self.code = code
        #: HTTP status if the agent refused the request; None if the execution ran and failed.
        self.status = status
        #: What the execution returned, with output and files as far as they could be saved.
        self.response = response


class InvalidRequest(ExecutionError):
    code = "INVALID_REQUEST"


class PolicyDenied(ExecutionError):
    code = "POLICY_DENIED"


class ImageNotFound(ExecutionError):
    code = "IMAGE_NOT_FOUND"


class ImagePullFailed(ExecutionError):
    code = "IMAGE_PULL_FAILED"


class InputNotFound(ExecutionError):
    code = "INPUT_NOT_FOUND"


class InputTooLarge(ExecutionError):
    code = "INPUT_TOO_LARGE"


class StartFailed(ExecutionError):
    code = "START_FAILED"


class ExitNonzero(ExecutionError):
    """The command failed. `response.exit_code` has its exit code, `response.output` what it printed."""

    code = "EXIT_NONZERO"


class ExecutionTimeout(ExecutionError):
    code = "TIMEOUT"


class OutOfMemory(ExecutionError):
    code = "OUT_OF_MEMORY"


class Canceled(ExecutionError):
    code = "CANCELED"


class OutputMissing(ExecutionError):
    code = "OUTPUT_MISSING"


class OutputTooLarge(ExecutionError):
    code = "OUTPUT_TOO_LARGE"


class OutputInvalid(ExecutionError):
    code = "OUTPUT_INVALID"


class StoreUnavailable(ExecutionError):
    code = "STORE_UNAVAILABLE"


class RuntimeUnavailable(ExecutionError):
    code = "RUNTIME_UNAVAILABLE"


class QueueFull(ExecutionError):
    code = "QUEUE_FULL"


class AgentLost(ExecutionError):
    code = "AGENT_LOST"


class InternalError(ExecutionError):
    code = "INTERNAL"


error_classes: Dict[str, Type[ExecutionError]] = {cls.code: cls for cls in ExecutionError.__subclasses__()}


def execution_error(
    message: str, code: str, *, status: Optional[int] = None, response: Optional["Response"] = None
) -> ExecutionError:
    """The error of that code. A code that this version does not know gives a plain `ExecutionError`."""
    return error_classes.get(code, ExecutionError)(message, code=code, status=status, response=response)
