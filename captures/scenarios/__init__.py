"""All scenarios, subject by subject, in the order of README.md."""

from . import messages, tunnels, bodies, layers, cpim, identity, answers, transports, msrp_messages, msrp_answers, msrp_streams, msrp_sessions, rfc8591
from .registry import SCENARIOS
