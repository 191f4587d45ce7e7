"""`pluginJobRun`."""

import strawberry

from core.permissions import Permission
from core.plugin_host.request_job import request_job
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.jobs import Job


@strawberry.input(description="A job of an extension.")
class PluginJobRunInput:
    offer: str = strawberry.field(description="The extension's code; see `plugins`.")
    job: str = strawberry.field(description="The job's name.")


@strawberry.type(description="The job that was asked for.")
class PluginJobRunPayload(Payload):
    job: Job | None = strawberry.field(default=None, description="The job; follow it with `jobProgress`.")


@mutation(Permission.PLUGIN_MANAGE)
async def plugin_job_run(info: Info, input: PluginJobRunInput) -> PluginJobRunPayload:
    """Begin a job of an extension now, whatever its schedule. One of the same name must not be under way."""
    job_id = await request_job(info.context.scope, input.offer, input.job)
    return PluginJobRunPayload(job=await loaded(info, Job, job_id))
