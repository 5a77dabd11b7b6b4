"""Run ``heia`` without the budget of SCIM requests: ``python tests/bench/unthrottled.py /path/heia serve …``."""

import runpy
import sys

from bot.budget import Rate
from bot.scim import endpoint

endpoint.REQUESTS = Rate(burst=10**9, per_minute=1e9)  # type: ignore[misc]  # the bench asks what the server can do
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
