"""The read compiler where the executor would stand: a document that comes for the first time has been parsed, validated
and measured by then, and gets its plan."""

from collections.abc import AsyncIterator
from typing import Any, cast

import orjson
from graphql import ExecutionResult
from strawberry.extensions import SchemaExtension

from schema.kit.context import Context
from schema.sql.plan import Plan, plans_of


class Compiled(SchemaExtension):
    """Answers from a plan where there can be one."""

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        text, document, asked = context.query, context.graphql_document, cast(Context, context.context)
        if text is not None and document is not None and asked.compiled:
            plans, name = plans_of(context.schema), context._provided_operation_name  # pyright: ignore[reportPrivateUsage]
            plan = plans.get(text, name)
            if plan is None:
                plan = Plan(context.schema, document, name)
                plans.add(text, name, plan)
            answer = await plan.run(asked, context.variables or {}, measured=True)
            if answer is not None:
                context.result = cast(Any, ExecutionResult(orjson.loads(answer.data), answer.errors or None))
        yield
