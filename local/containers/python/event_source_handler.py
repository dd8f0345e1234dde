"""Adapts a handler to serverless-offline's Python runner.

The runner waits forever if a handler raises or returns None, and the values of its context are fixed. This module calls
the handler named in _HANDLER with Lambda's context, and returns its result or its error as a value, so that every
invocation gets an immediate response.
"""

import importlib
import json
import os
import sys
import time
import traceback
from types import SimpleNamespace


def _restore_python_path():
    """Removes the folder of this module, which the event source prepended."""
    _, _, rest = os.environ.get("PYTHONPATH", "").partition(os.pathsep)
    if rest:
        os.environ["PYTHONPATH"] = rest
    else:
        os.environ.pop("PYTHONPATH", None)
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]


_restore_python_path()


def _error(error_type, message, trace=()):
    return {"error": {"errorType": error_type, "errorMessage": message, "trace": list(trace)}}


def _load(name):
    path, _, function = name.rpartition(".")
    module_name = os.path.normpath(path).replace(os.sep, ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise _Failure("Runtime.ImportModuleError", f"Unable to import module '{path}': {error}") from error
    except SyntaxError as error:
        raise _Failure("Runtime.UserCodeSyntaxError", f"Syntax error in module '{path}': {error}") from error
    if not hasattr(module, function):
        raise _Failure("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{path}'")
    return getattr(module, function)


class _Failure(Exception):
    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def _loaded_files():
    folder = os.getcwd() + os.sep
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return [file for file in map(os.path.abspath, filter(None, files)) if file.startswith(folder) and "site-packages" not in file]


def _context(invocation):
    """Returns the context object (page `python-context`)."""
    deadline = invocation["deadlineMs"]
    return SimpleNamespace(
        aws_request_id=invocation["requestId"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        invoked_function_arn=invocation["arn"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        identity=None,
        client_context=None,
        log=sys.stdout.write,
        get_remaining_time_in_millis=lambda: max(0, int(deadline - time.time() * 1000)),
    )


def _call(event, context):
    try:
        result = _load(os.environ["_HANDLER"])(event, context)
    except _Failure as failure:
        return _error(failure.error_type, str(failure))
    except BaseException as error:  # includes SystemExit, or the runner would get no response
        traceback.print_exc()
        return _error(type(error).__name__, str(error), traceback.format_exc().splitlines())
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        return _error("Runtime.MarshalError", f"Unable to marshal response: {error}")
    return {"result": result}


def handle(invocation, _):
    result = _call(invocation["event"], _context(invocation))
    # The runner expects the response on a separate line.
    sys.stdout.write("\n")
    return {**result, "files": _loaded_files()}
