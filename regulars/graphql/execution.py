"""A request from its body to its answer: limits, cost, bucket, validation, and only then the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import ExecutionContext, GraphQLError, execute, validate
from graphql.execution import ExecutionResult

from regulars.graphql import cost, limits, schema
from regulars.graphql.work import Work
from regulars.platform import buckets, errors, ids, tenancy
from regulars.platform.observability import AWAY
from regulars.tenants import bearer

log = structlog.get_logger(__name__)

MAX_ERRORS = 10
INVALID = "invalid_query"
ROOT_DEPTH = 1


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class Whole(ExecutionContext):
    """Takes what a field at the root answers as it is: the planner has shaped and written all below it."""

    def complete_value(self, return_type: Any, field_nodes: Any, info: Any, path: Any, result: Any) -> Any:
        if type(result) is dict and path.prev is None:
            return result
        return super().complete_value(return_type, field_nodes, info, path, result)


def answered(work: Work, body: bytes) -> Answer:
    """Whatever the body holds, one answer. A database that is away is raised: the outermost door says so."""
    try:
        asked = limits.asked(body)
        document = limits.parsed(asked.query)
        operation = cost.operation(document, asked.operation)
        requested = cost.of(schema.built(), document, operation, asked.variables)
        if requested > cost.MAX_POINTS:
            raise cost.TooCostly(f"This query costs {requested} points; one may cost {cost.MAX_POINTS}.")
    except errors.Refused as refused:
        return refusal(refused)
    taken = buckets.take(bearer.bucket(work.holder), cost=requested)
    if not taken.is_taken:
        return _throttled(taken, requested)
    problems = validate(schema.built(), document, max_errors=MAX_ERRORS)
    if problems:
        found = [_told(each, code=INVALID) for each in problems]
        return Answer(
            400, {"errors": found, "extensions": _cost(requested, None, taken)}, buckets.told(taken)
        )
    with tenancy.opened(work.holder.tenant.schema_name):
        result = execute(
            schema.built(),
            document,
            context_value=work,
            variable_values=asked.variables,
            operation_name=asked.operation,
            execution_context_class=Whole,
        )
    actual = min(requested, cost.points(work.rows)) if work.statements else 1
    if actual < requested:
        taken = buckets.give_back(bearer.bucket(work.holder), tokens=requested - actual)
    return _result(result, requested, actual, taken)


def refusal(refused: errors.Refused) -> Answer:
    """A request that was refused as a whole."""
    headers = {"WWW-Authenticate": bearer.challenge(refused)} if refused.status == 401 else {}
    return Answer(
        refused.status, {"errors": [{"message": str(refused), "extensions": {"code": refused.code}}]}, headers
    )


def _result(result: Any, requested: int, actual: int, taken: buckets.Taken) -> Answer:
    assert isinstance(result, ExecutionResult)  # noqa: S101  (only async resolvers would give another)
    found = [_told(each) for each in result.errors or ()]
    body: dict[str, Any] = {"data": result.data}
    if found:
        body = {"errors": found, **body}
    status = 400 if result.data is None and all(each.path is None for each in result.errors or ()) else 200
    body["extensions"] = _cost(requested, actual, taken)
    return Answer(status, body, buckets.told(taken))


def _told(problem: GraphQLError, *, code: str = INVALID) -> dict[str, Any]:
    """An error as it is sent: refusals in their own words, anything unforeseen behind an id."""
    said: dict[str, Any] = {"message": problem.message}
    if problem.locations:
        said["locations"] = [{"line": each.line, "column": each.column} for each in problem.locations]
    if problem.path:
        said["path"] = problem.path
    cause = problem.original_error
    if isinstance(cause, AWAY):
        raise cause
    if isinstance(cause, errors.Refused):
        return said | {"message": str(cause), "extensions": {"code": cause.code}}
    if cause is None or isinstance(cause, GraphQLError):
        return said | {"extensions": {"code": code}}
    error_id = ids.new().hex
    log.error("graphql_broke", error_id=error_id, exc_info=cause)
    words = "Something broke on our side. Tell us the errorId and we will find it."
    return said | {"message": words, "extensions": {"code": "internal_error", "errorId": error_id}}


def _throttled(taken: buckets.Taken, requested: int) -> Answer:
    wait = max(1, int(taken.wait_seconds + 0.999))
    words = f"This costs more than is left. Try again in {wait} s."
    error = {"message": words, "extensions": {"code": "too_many_requests"}}
    body = {"errors": [error], "extensions": _cost(requested, None, taken)}
    return Answer(429, body, {**buckets.told(taken), "Retry-After": str(wait)})


def _cost(requested: int, actual: int | None, taken: buckets.Taken) -> dict[str, Any]:
    known = {"requested": requested, "maximum": cost.MAX_POINTS, "available": int(taken.tokens)}
    return {"cost": known if actual is None else known | {"actual": actual}}
