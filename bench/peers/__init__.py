"""The field: what a user would pick instead. Each folder holds our own code for one, as its documentation recommends."""

from bench.candidates import Candidate

PEERS: tuple[Candidate, ...] = ()
