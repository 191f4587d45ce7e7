"""`python -m recobro_bureau_sandbox serve`: the sandbox bureau as a process of its own."""

from __future__ import annotations

import argparse
import signal

from recobro_bureau_sandbox.server import FakeBureauServer, Fault


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m recobro_bureau_sandbox")
    serve = parser.add_subparsers(dest="command", required=True).add_parser("serve", help="run the sandbox bureau")
    serve.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    serve.add_argument("--api-key", required=True, help="key to accept (repeat for more)", action="append")
    serve.add_argument("--fault", choices=[fault.value for fault in Fault], help="make every inquiry go wrong")
    arguments = parser.parse_args()
    awaited = {signal.SIGINT, signal.SIGTERM}
    # Before the server starts its threads: they inherit the mask, and a signal that one of them took would kill us.
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    with FakeBureauServer(arguments.api_key, port=arguments.port) as server:
        server.always = Fault(arguments.fault) if arguments.fault else None
        print(f"sandbox bureau on {server.base_url}", flush=True)  # noqa: T201 (whoever starts it reads the port here)
        signal.sigwait(awaited)


if __name__ == "__main__":
    main()
